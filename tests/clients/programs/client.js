// Connects with tls.connect: `client.js ROOT PORT`, lines `name host` on standard input.
'use strict';
const fs = require('node:fs');
const net = require('node:net');
const tls = require('node:tls');

const [root, port] = process.argv.slice(2);
const ca = fs.readFileSync(root);

function meet(host) {
  return new Promise((resolve) => {
    const servername = net.isIP(host) ? undefined : host;
    const socket = tls.connect({ host, port: Number(port), servername, ca, timeout: 30000 });
    const end = (outcome, words) => {
      socket.destroy();
      resolve([outcome, words]);
    };
    socket.once('secureConnect', () => end('accepted', ''));
    socket.once('timeout', () => end('failed', 'no answer'));
    socket.once('error', (error) => {
      const refused = error.code && !['ECONNREFUSED', 'ENOTFOUND'].includes(error.code);
      end(refused ? 'rejected' : 'failed', `${error.code}: ${error.message}`);
    });
  });
}

(async () => {
  const lines = fs.readFileSync(0, 'utf8').split('\n').filter(Boolean);
  for (const line of lines) {
    const [name, host] = line.split('\t');
    const [outcome, words] = await meet(host);
    console.log([name, outcome, words.replace(/\s+/g, ' ')].join('\t'));
  }
})();
