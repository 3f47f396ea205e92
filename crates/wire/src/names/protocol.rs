//! The small number spaces: records, handshake messages, compression, point formats.

super::number_space! {
    /// What a record carries (RFC 8446 section 5.1).
    ContentType(u8), unknown as super::hex8,
    {
        CHANGE_CIPHER_SPEC = 20 => "change_cipher_spec",
        ALERT = 21 => "alert",
        HANDSHAKE = 22 => "handshake",
        APPLICATION_DATA = 23 => "application_data",
        HEARTBEAT = 24 => "heartbeat",
        TLS12_CID = 25 => "tls12_cid",
        ACK = 26 => "ACK",
        RETURN_ROUTABILITY_CHECK = 27 => "return_routability_check",
    }
}

super::number_space! {
    /// Which message a handshake message is.
    HandshakeType(u8), unknown as super::hex8,
    {
        HELLO_REQUEST = 0 => "hello_request",
        CLIENT_HELLO = 1 => "client_hello",
        SERVER_HELLO = 2 => "server_hello",
        HELLO_VERIFY_REQUEST = 3 => "hello_verify_request",
        NEW_SESSION_TICKET = 4 => "new_session_ticket",
        END_OF_EARLY_DATA = 5 => "end_of_early_data",
        HELLO_RETRY_REQUEST = 6 => "hello_retry_request",
        ENCRYPTED_EXTENSIONS = 8 => "encrypted_extensions",
        REQUEST_CONNECTION_ID = 9 => "request_connection_id",
        NEW_CONNECTION_ID = 10 => "new_connection_id",
        CERTIFICATE = 11 => "certificate",
        SERVER_KEY_EXCHANGE = 12 => "server_key_exchange",
        CERTIFICATE_REQUEST = 13 => "certificate_request",
        SERVER_HELLO_DONE = 14 => "server_hello_done",
        CERTIFICATE_VERIFY = 15 => "certificate_verify",
        CLIENT_KEY_EXCHANGE = 16 => "client_key_exchange",
        CLIENT_CERTIFICATE_REQUEST = 17 => "client_certificate_request",
        FINISHED = 20 => "finished",
        CERTIFICATE_URL = 21 => "certificate_url",
        CERTIFICATE_STATUS = 22 => "certificate_status",
        SUPPLEMENTAL_DATA = 23 => "supplemental_data",
        KEY_UPDATE = 24 => "key_update",
        COMPRESSED_CERTIFICATE = 25 => "compressed_certificate",
        EKT_KEY = 26 => "ekt_key",
        MESSAGE_HASH = 254 => "message_hash",
    }
}

super::number_space! {
    /// TLS-level compression (RFC 3749); anything but `NULL` invites CRIME.
    CompressionMethod(u8), unknown as super::hex8,
    {
        NULL = 0 => "NULL",
        DEFLATE = 1 => "DEFLATE",
        LZS = 64 => "LZS",
    }
}

super::number_space! {
    /// How an elliptic curve point is written (RFC 8422 section 5.1.2).
    PointFormat(u8), unknown as super::hex8,
    {
        UNCOMPRESSED = 0 => "uncompressed",
        ANSIX962_COMPRESSED_PRIME = 1 => "ansiX962_compressed_prime",
        ANSIX962_COMPRESSED_CHAR2 = 2 => "ansiX962_compressed_char2",
    }
}

super::number_space! {
    /// How a ServerKeyExchange describes its curve (RFC 8422 section 5.4).
    EcCurveType(u8), unknown as super::hex8,
    {
        EXPLICIT_PRIME = 1 => "explicit_prime",
        EXPLICIT_CHAR2 = 2 => "explicit_char2",
        NAMED_CURVE = 3 => "named_curve",
    }
}

super::number_space! {
    /// Who may send heartbeats (RFC 6520 section 2).
    HeartbeatMode(u8), unknown as super::hex8,
    {
        PEER_ALLOWED_TO_SEND = 1 => "peer_allowed_to_send",
        PEER_NOT_ALLOWED_TO_SEND = 2 => "peer_not_allowed_to_send",
    }
}

super::number_space! {
    /// Whether a heartbeat asks or answers (RFC 6520 section 3).
    HeartbeatMessageType(u8), unknown as super::hex8,
    {
        HEARTBEAT_REQUEST = 1 => "heartbeat_request",
        HEARTBEAT_RESPONSE = 2 => "heartbeat_response",
    }
}

super::number_space! {
    /// How a TLS 1.3 ticket may be used (RFC 8446 section 4.2.9).
    PskKeyExchangeMode(u8), unknown as super::hex8,
    {
        PSK_KE = 0 => "psk_ke",
        PSK_DHE_KE = 1 => "psk_dhe_ke",
    }
}
