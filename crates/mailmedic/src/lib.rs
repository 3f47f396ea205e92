//! Examines mail servers, names every TLS and certificate fault, and says what cures it.
