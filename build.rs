//! How the program is linked: at a fixed address.
//!
//! Every node is a fork of the program. One that can be loaded anywhere has some 90 pages of addresses for the loader to
//! fill in: each start writes them, and each fork copies their tables. At a fixed address there are none.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |key: &str, value: &str| std::env::var(key).is_ok_and(|is| is.split(',').any(|is| is == value));
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && is("CARGO_CFG_TARGET_ARCH", "x86_64")
    {
        println!("cargo::rustc-link-arg-bins=-no-pie");
        if is("CARGO_CFG_TARGET_FEATURE", "crt-static") {
            println!("cargo::rustc-link-arg-bins=-static");
        }
    }
}
