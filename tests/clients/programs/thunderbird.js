// Runs inside Thunderbird: makes an IMAP account and lets Thunderbird log in, as its account wizard does.
const [host, port, done] = arguments;
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const server = MailServices.accounts.createIncomingServer("user", host, "imap");
server.port = port;
server.socketType = Ci.nsMsgSocketType.SSL;
server.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
server.password = "secret";
const listener = {
  QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]),
  OnStartRunningUrl() {},
  OnStopRunningUrl(url, status) {
    const security = url.QueryInterface(Ci.nsIMsgMailNewsUrl).failedSecInfo;
    const answer = { status, code: "", text: "", overridable: 0 };
    if (security) {
      answer.code = security.errorCodeString;
      answer.overridable = security.overridableErrorCategory;
    }
    if (status) {
      const errors = Cc["@mozilla.org/nss_errors_service;1"].getService(Ci.nsINSSErrorsService);
      try {
        answer.text = errors.getErrorMessage(status);
      } catch {
        answer.text = `status 0x${status.toString(16)}`;
      }
    }
    server.closeCachedConnections();
    done(answer);
  },
};
server.verifyLogon(listener, null);
