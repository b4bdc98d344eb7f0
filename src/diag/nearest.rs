//! "Did you mean": the known name that a mistyped one was likely meant to be.

/// The candidate nearest to `name`, if one is near enough to be worth saying.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    near(name, candidates).min().map(|(_, candidate)| candidate)
}

/// All that are as near to `name` as the nearest: any of them may be meant. None if none is near enough.
pub fn nearest_all<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let near: Vec<(usize, &str)> = near(name, candidates).collect();
    let least = near.iter().map(|(distance, _)| *distance).min();
    near.into_iter().filter(|(distance, _)| Some(*distance) == least).map(|(_, candidate)| candidate).collect()
}

fn near<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = (usize, &'a str)> {
    let wanted = name.to_lowercase();
    let bound = (name.chars().count() / 3).max(1) + 1;
    let length = wanted.chars().count();
    let bound = bound.min(length);
    candidates.into_iter().filter_map(move |candidate| {
        let lower = candidate.to_lowercase();
        let kin = wanted.len() >= 3 && (lower.starts_with(&wanted) || wanted.starts_with(&lower) && lower.len() >= 3);
        // A letter more or less is one step: most names are too long or too short to be near.
        if !kin && lower.chars().count().abs_diff(length) > bound {
            return None;
        }
        let distance = strsim::damerau_levenshtein(&wanted, &lower);
        (distance <= bound || kin).then_some((distance, candidate))
    })
}

/// ``did you mean `x`?`` or, failing a near name, the list of known ones headed by `known`; empty if there are none.
pub fn nearest_help<'a>(name: &str, known: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let mut all: Vec<&str> = candidates.into_iter().collect();
    all.sort_unstable();
    all.dedup();
    match nearest(name, all.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if all.is_empty() => String::new(),
        None => format!("{known}: {}", all.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_found_and_a_stranger_is_not() {
        let known = ["tasks", "results", "main"];
        assert_eq!(nearest("taks", known), Some("tasks"));
        assert_eq!(nearest("Results", known), Some("results"));
        assert_eq!(nearest("zebra", known), None);
        assert_eq!(nearest_all("zebra", known), [""; 0]);
        assert_eq!(nearest_all("qw", ["w", "nw", "main"]), ["w", "nw"]);
    }
}
