//! How the program is linked: at a fixed address, and where it can be without the loader.
//!
//! Every node is a fork of the program. One that can be loaded anywhere has some 90 pages of addresses for the loader to
//! fill in: each start writes them, and each fork copies their tables. At a fixed address there are none. What shared
//! libraries add is their mappings, a dozen that each fork copies and each exit takes down, and a fault for each page of
//! theirs that a node touches: a fifth of what a node costs. `crt-static` would leave them out too, but a plain
//! `cargo build` applies it to procedural macros as well, which have to be shared objects.
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |key: &str, value: &str| std::env::var(key).is_ok_and(|is| is.split(',').any(|is| is == value));
    if !(is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && is("CARGO_CFG_TARGET_ARCH", "x86_64"))
    {
        return;
    }
    println!("cargo::rustc-link-arg-bins=-no-pie");
    if is("CARGO_CFG_TARGET_FEATURE", "crt-static") {
        println!("cargo::rustc-link-arg-bins=-static");
    } else if let (Ok(host), Ok(out)) = (std::env::var("HOST"), std::env::var("OUT_DIR"))
        && is("TARGET", &host)
        && has_static_libraries()
        && stand_ins(Path::new(&out)).is_ok()
    {
        println!("cargo::rustc-link-arg-bins=-static");
        println!("cargo::rustc-link-arg-bins=-L{out}");
    }
}

/// The static libraries that come with the C library's headers on most systems, and in a package of their own on some.
fn has_static_libraries() -> bool {
    ["libc.a", "libm.a", "libgcc_eh.a"].iter().all(|name| {
        // A name that is not found is given back as it is.
        Command::new("cc").arg(format!("-print-file-name={name}")).output().is_ok_and(|said| {
            let path = String::from_utf8_lossy(&said.stdout).trim().to_owned();
            path.contains('/') && Path::new(&path).is_file()
        })
    })
}

/// The standard library asks for these as shared libraries: linker scripts of their names lead to the static ones.
fn stand_ins(folder: &Path) -> std::io::Result<()> {
    let archives = "GROUP ( -l:libgcc_eh.a -l:libgcc.a -l:libm.a -l:libc.a )\n";
    ["gcc_s", "util", "rt", "pthread", "m", "dl", "c"]
        .iter()
        .try_for_each(|name| std::fs::write(folder.join(format!("lib{name}.so")), archives))
}
