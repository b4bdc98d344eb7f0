//! Processes whose parent has died and that came to the runner.

/// The ids of this process's children, as the kernel lists them.
pub fn children() -> Vec<i32> {
    let listed = std::fs::read_to_string("/proc/thread-self/children");
    if let Ok(list) = listed {
        return list.split_whitespace().filter_map(|id| id.parse().ok()).collect();
    }
    // Kernels without that list: every process says who its parent is.
    let own = std::process::id().to_string();
    let Ok(folder) = std::fs::read_dir("/proc") else { return Vec::new() };
    folder
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|id| {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)) == Some(own.as_str())
        })
        .collect()
}
