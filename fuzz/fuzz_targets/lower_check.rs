#![no_main]
#[path = "../../tests/targets/mod.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Whatever is to be included is not there: the fuzzer reads no files of the machine by chance.
    targets::lower_check::lower_check(bytes, std::path::Path::new("/nowhere"));
});
