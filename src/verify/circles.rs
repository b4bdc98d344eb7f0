//! Circles without a way out: the strongly connected parts of a graph that no edge leaves, single ends aside.

/// All nodes of such parts, in order. A node with no edge is an end, no circle.
pub(super) fn closed(edges: &[Vec<u32>]) -> Vec<u32> {
    let parts = parts(edges);
    let mut home = vec![0; edges.len()];
    for (number, part) in parts.iter().enumerate() {
        part.iter().for_each(|node| home[*node as usize] = number);
    }
    let stays = |part: &[u32]| {
        let own = home[part[0] as usize];
        part.iter().all(|node| edges[*node as usize].iter().all(|to| home[*to as usize] == own))
    };
    let is_end = |part: &[u32]| part.len() == 1 && edges[part[0] as usize].is_empty();
    let mut nodes: Vec<u32> = parts.iter().filter(|part| !is_end(part) && stays(part)).flatten().copied().collect();
    nodes.sort_unstable();
    nodes
}

/// Tarjan's parts, with a stack of its own.
fn parts(edges: &[Vec<u32>]) -> Vec<Vec<u32>> {
    const NONE: u32 = u32::MAX;
    let count = edges.len();
    let (mut index, mut low) = (vec![NONE; count], vec![0; count]);
    let mut on_stack = vec![false; count];
    let (mut stack, mut calls, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    let mut next = 0;
    for root in 0..count as u32 {
        if index[root as usize] != NONE {
            continue;
        }
        calls.push((root, 0));
        while let Some((node, at)) = calls.pop() {
            let n = node as usize;
            if at == 0 {
                index[n] = next;
                low[n] = next;
                next += 1;
                stack.push(node);
                on_stack[n] = true;
            }
            if let Some(to) = edges[n].get(at) {
                calls.push((node, at + 1));
                let t = *to as usize;
                if index[t] == NONE {
                    calls.push((*to, 0));
                } else if on_stack[t] {
                    low[n] = low[n].min(index[t]);
                }
                continue;
            }
            if let Some((parent, _)) = calls.last() {
                let p = *parent as usize;
                low[p] = low[p].min(low[n]);
            }
            if low[n] == index[n] {
                let mut part = Vec::new();
                while let Some(member) = stack.pop() {
                    on_stack[member as usize] = false;
                    part.push(member);
                    if member == node {
                        break;
                    }
                }
                parts.push(part);
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_that_nothing_leaves_is_found_and_one_with_a_way_out_is_not() {
        // 0 <-> 1 -> 2 (an end); 3 <-> 4, reached from 0; 5 alone with itself.
        let edges = vec![vec![1, 3], vec![0, 2], vec![], vec![4], vec![3], vec![5]];
        assert_eq!(closed(&edges), [3, 4, 5]);
    }

    #[test]
    fn large_circles_are_found_too() {
        let mut edges: Vec<Vec<u32>> = (0..200).map(|n| vec![(n + 1) % 200]).collect();
        assert_eq!(closed(&edges).len(), 200);
        edges[77].push(200);
        edges.push(vec![]);
        assert!(closed(&edges).is_empty());
    }
}
