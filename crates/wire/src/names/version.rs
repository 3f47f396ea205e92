//! Protocol versions.

super::number_space! {
    /// The version field of records, hellos and the `supported_versions` extension.
    ProtocolVersion(u16), unknown as super::hex16,
    {
        SSLv2 = 0x0002 => "SSLv2",
        SSLv3 = 0x0300 => "SSLv3",
        TLSv1_0 = 0x0301 => "TLSv1.0",
        TLSv1_1 = 0x0302 => "TLSv1.1",
        TLSv1_2 = 0x0303 => "TLSv1.2",
        TLSv1_3 = 0x0304 => "TLSv1.3",
    }
}
