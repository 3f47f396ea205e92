//! `server_name`: the host the client wants (RFC 6066 section 3).

use crate::reader::{Malformed, Reader, put_bytes};

pub(super) fn put(out: &mut Vec<u8>, host: &str) {
    let mut list = vec![HOST_NAME];
    put_bytes::<2>(&mut list, host.as_bytes());
    put_bytes::<2>(out, &list);
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<String, Malformed> {
    let mut list = Reader::new("server_name", reader.vec16()?);
    if list.u8()? != HOST_NAME {
        return Err(Malformed::Illegal("server_name"));
    }
    let host = std::str::from_utf8(list.vec16()?).map_err(|_| Malformed::Illegal("server_name"))?;
    list.finish()?;
    Ok(host.to_owned())
}

const HOST_NAME: u8 = 0;
