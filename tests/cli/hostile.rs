//! Files with names that some format or other gives a meaning to, and folders in which not all is as it should be.
use super::command::{Folder, HELLO, INVALID, WRONG, finish};
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;

const NAMES: &[&[u8]] = &[
    b"a b.yaml",
    b"\"q\" 'r'.yaml",
    b"100%0A.yaml",
    b"two\nlines.yaml",
    b"a,b:c::d.yaml",
    b"<&>]]>#?.yaml",
    b"bell\x07\x1b[31m.yaml",
    b"not utf8 \xff\xfe.yaml",
    b"gr\xc3\xbcn.yaml",
    b"-f.yaml",
];

fn folder(text: &str) -> Folder {
    let folder = Folder::new();
    for name in NAMES {
        fs::write(folder.path("").join(OsStr::from_bytes(name)), text).unwrap();
    }
    folder
}

#[test]
fn whatever_a_file_is_called_it_is_told_in_every_format() {
    let folder = folder(INVALID);
    let json = folder.run(&["validate", "--format", "json", "."]).code(1).is_silent().json();
    let paths: Vec<&str> =
        json["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths.len(), NAMES.len());
    for name in NAMES.iter().filter_map(|name| std::str::from_utf8(name).ok()) {
        assert!(paths.contains(&name), "{name:?} is not among {paths:?}");
    }
    assert!(json["files"].as_array().unwrap().iter().all(|file| file["diagnostics"][0]["code"] == "names/unknown"));
    let sarif = folder.run(&["validate", "--format", "sarif", "."]).code(1).is_silent().json();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), NAMES.len());
    let github = folder.run(&["validate", "--format", "github", "."]).code(1).is_silent().stdout.clone();
    assert_eq!(github.lines().count(), NAMES.len());
    assert!(github.lines().all(|line| line.starts_with("::error file=")));
    let human = folder.run(&["validate", "."]);
    human.code(1).says("10 errors in 10 files");
    assert!(!human.stdout.contains(['\u{7}', '\u{1b}']), "{}", human.stdout);
    let again = folder.run(&["validate", "."]);
    assert_eq!(human.stdout, again.stdout);
}

#[test]
fn whatever_a_file_is_called_it_is_tested() {
    let folder = folder(WRONG);
    let done = folder.run(&["test", ".", "--junit", "j.xml", "--format", "json"]);
    assert_eq!(done.code(1).json()["failed"], NAMES.len());
    let xml = folder.read("j.xml");
    assert_eq!(xml.matches("<testsuite ").count(), NAMES.len());
    assert!(!xml.contains(['\u{7}', '\u{1b}']));
    let done = folder.run(&["test", "."]);
    assert!(!done.code(1).stdout.contains(['\u{7}', '\u{1b}']), "{}", done.stdout);
}

#[test]
fn a_folder_may_have_anything_in_it() {
    let folder = Folder::with(&[("good/a.yaml", HELLO), ("good/deep/b.yaml", HELLO)]);
    folder.write("good/huge.yaml", &format!("list:\n{}", "- an item of a file that is no graph\n".repeat(200_000)));
    folder.write("good/almost.yaml", "# mpgraph: 1\nservices: {}\n");
    folder.write("good/folder.yaml/x.txt", "");
    symlink(".", folder.path("good/loop")).unwrap();
    symlink("self.yaml", folder.path("good/self.yaml")).unwrap();
    symlink("../..", folder.path("good/deep/up")).unwrap();
    symlink("nowhere.yaml", folder.path("good/dead.yaml")).unwrap();
    nix::unistd::mkfifo(&folder.path("good/fifo.yaml"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.path("good/socket.yaml")).unwrap();
    folder.run(&["validate", "good"]).code(0).is_silent();
    let json = folder.run(&["validate", "--format", "json", "good"]).code(0).json();
    let paths: Vec<&str> =
        json["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["good/a.yaml", "good/deep/b.yaml"]);
    // A link that is named is followed.
    symlink("good", folder.path("named")).unwrap();
    folder.run(&["validate", "named"]).code(0).is_silent();
    folder.run(&["validate", "good/self.yaml"]).code(2).says("good/self.yaml: Too many levels of symbolic links");
    folder.run(&["validate", "good/folder.yaml"]).code(2).says("no graph in this folder");
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_checked() {
    let folder = Folder::with(&[("a.yaml", INVALID), ("b.yaml", HELLO), ("locked/c.yaml", HELLO), ("d.yaml", HELLO)]);
    fs::set_permissions(folder.path(""), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(folder.path("locked"), Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(folder.path("d.yaml"), Permissions::from_mode(0o000)).unwrap();
    let as_nobody = |args: &[&str]| {
        let mut command = folder.command(args);
        if nix::unistd::geteuid().is_root() {
            // To whom everything is readable.
            command.uid(65534).gid(65534);
        }
        command.spawn().map(finish)
    };
    // Where the program itself cannot be reached by others there is nothing to try.
    let Ok(done) = as_nobody(&["validate", "."]) else { return };
    done.code(2).says("locked: Permission denied").says("d.yaml: Permission denied").prints("a.yaml:2:33");
    let done = as_nobody(&["validate", "--format", "json", "d.yaml", "b.yaml"]).unwrap();
    done.code(2).says("d.yaml: Permission denied");
    assert_eq!(done.json()["files"].as_array().unwrap().len(), 1);
    assert_eq!(as_nobody(&["validate", "--format", "json", "d.yaml"]).unwrap().code(2).stdout, "");
    as_nobody(&["test", "."]).unwrap().code(2);
    fs::set_permissions(folder.path("locked"), Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn hundreds_of_files_are_checked_in_the_order_of_their_paths() {
    let folder = Folder::new();
    for i in 0..300 {
        folder.write(&format!("g{}/{i:03}.yaml", i % 7), HELLO);
        folder.write(&format!("g{}/{i:03}.yml", i % 7), "services: {web: {image: x}}\n");
    }
    let done = folder.run(&["validate", "--format", "json", "."]);
    let json = done.code(0).json();
    let paths: Vec<&str> =
        json["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths.len(), 300);
    assert!(paths.is_sorted(), "{paths:?}");
    assert_eq!(done.stdout, folder.run(&["validate", "--format", "json", "."]).stdout);
}
