#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mailmedic_fuzz::certificate::policy(bytes));
