//! Where boxes stand: in ranks from left to right, so that most arrows point to the right.
//!
//! The steps are those of Sugiyama, Tagawa and Toda (1981): break the rings, rank by the longest path, let each arrow
//! pass through every rank between its ends, order each rank by the mean of its neighbours, then settle the heights. The
//! same picture gives the same places.

/// In points, from the top left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    pub x: f64,
    pub y: f64,
}

/// What is to be placed.
pub struct Boxes<'a> {
    /// Width and height.
    pub sizes: &'a [(f64, f64)],
    /// From, to, and the room that the arrow's label takes.
    pub arrows: &'a [(usize, usize, f64)],
}

pub struct Places {
    /// The middle of each box.
    pub boxes: Vec<Spot>,
    /// Of each arrow the points that it passes, from the edge of one box to that of the other.
    pub routes: Vec<Vec<Spot>>,
    pub width: f64,
    pub height: f64,
}

const GAP: f64 = 22.0;
const RANK_GAP: f64 = 56.0;
const MARGIN: f64 = 16.0;
const SWEEPS: usize = 12;

/// One box, or the place in a rank that an arrow passes through.
struct Item {
    rank: usize,
    width: f64,
    height: f64,
    y: f64,
    left: Vec<usize>,
    right: Vec<usize>,
}

pub fn place(boxes: &Boxes) -> Places {
    let forward = forward(boxes);
    let ranks = ranks(boxes.sizes.len(), &forward);
    let mut items: Vec<Item> = boxes
        .sizes
        .iter()
        .zip(&ranks)
        .map(|((width, height), rank)| Item {
            rank: *rank,
            width: *width,
            height: *height,
            y: 0.0,
            left: Vec::new(),
            right: Vec::new(),
        })
        .collect();
    let chains: Vec<Vec<usize>> = forward.iter().map(|(from, to)| chain(&mut items, *from, *to)).collect();
    let mut order = vec![Vec::new(); items.iter().map(|item| item.rank + 1).max().unwrap_or(0)];
    for (number, item) in items.iter().enumerate() {
        order[item.rank].push(number);
    }
    settle_order(&items, &mut order);
    settle_heights(&mut items, &order);
    let columns = columns(boxes, &items, &chains, order.len());
    let top = items.iter().map(|item| item.y - item.height / 2.0).fold(f64::INFINITY, f64::min);
    for item in &mut items {
        item.y += MARGIN - top;
    }
    let spot = |item: usize| Spot { x: columns[items[item].rank], y: items[item].y };
    let mut routes = routes(boxes, &items, &chains, &spot);
    for (route, ((from, _), (meant, _, _))) in routes.iter_mut().zip(forward.iter().zip(boxes.arrows)) {
        if from != meant {
            route.reverse();
        }
    }
    let right = |item: &Item| columns[item.rank] + item.width / 2.0;
    Places {
        boxes: (0..boxes.sizes.len()).map(spot).collect(),
        routes,
        width: items.iter().map(right).fold(0.0, f64::max) + MARGIN,
        height: items.iter().map(|item| item.y + item.height / 2.0).fold(0.0, f64::max) + MARGIN,
    }
}

/// Each arrow, turned round where it would close a ring.
fn forward(boxes: &Boxes) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let count = boxes.sizes.len();
    let mut out = vec![Vec::new(); count];
    for (number, (from, to, _)) in boxes.arrows.iter().enumerate() {
        out[*from].push((number, *to));
    }
    let mut seen = vec![Seen::No; count];
    let mut forward: Vec<(usize, usize)> = boxes.arrows.iter().map(|(from, to, _)| (*from, *to)).collect();
    let pointed: Vec<bool> = (0..count).map(|node| boxes.arrows.iter().any(|(_, to, _)| *to == node)).collect();
    // Those to which nothing points first: a ring is then broken at its far side.
    let (inner, outer): (Vec<usize>, Vec<usize>) = (0..count).partition(|node| pointed[*node]);
    for start in outer.into_iter().chain(inner) {
        if seen[start] != Seen::No {
            continue;
        }
        let mut path = vec![(start, 0)];
        seen[start] = Seen::Open;
        while let Some((node, next)) = path.last_mut() {
            let Some((arrow, to)) = out[*node].get(*next).copied() else {
                seen[*node] = Seen::Done;
                path.pop();
                continue;
            };
            *next += 1;
            match seen[to] {
                Seen::No => {
                    seen[to] = Seen::Open;
                    path.push((to, 0));
                }
                Seen::Open => forward[arrow] = (to, *node),
                Seen::Done => {}
            }
        }
    }
    forward
}

/// As far to the left as the arrows let it, but no farther from what it points to than needed.
fn ranks(count: usize, forward: &[(usize, usize)]) -> Vec<usize> {
    let mut ranks = vec![0; count];
    let arrows = || forward.iter().filter(|(from, to)| from != to);
    for _ in 0..count {
        let before = ranks.clone();
        for (from, to) in arrows() {
            ranks[*to] = ranks[*to].max(ranks[*from] + 1);
        }
        if ranks == before {
            break;
        }
    }
    for node in 0..count {
        let has_left = arrows().any(|(_, to)| *to == node);
        let nearest = arrows().filter(|(from, _)| *from == node).map(|(_, to)| ranks[*to] - 1).min();
        if let (false, Some(nearest)) = (has_left, nearest) {
            ranks[node] = nearest;
        }
    }
    ranks
}

/// The items that an arrow passes, its ends included.
fn chain(items: &mut Vec<Item>, from: usize, to: usize) -> Vec<usize> {
    let mut chain = vec![from];
    for rank in items[from].rank + 1..items[to].rank {
        items.push(Item { rank, width: 0.0, height: 6.0, y: 0.0, left: Vec::new(), right: Vec::new() });
        chain.push(items.len() - 1);
    }
    chain.push(to);
    for pair in chain.windows(2) {
        if pair[0] != pair[1] {
            items[pair[0]].right.push(pair[1]);
            items[pair[1]].left.push(pair[0]);
        }
    }
    chain
}

/// Each rank by the mean place of its neighbours, to and fro.
fn settle_order(items: &[Item], order: &mut [Vec<usize>]) {
    let mut place = vec![0.0; items.len()];
    for sweep in 0..SWEEPS {
        let from_left = sweep % 2 == 0;
        for step in 0..order.len() {
            let rank = if from_left { step } else { order.len() - 1 - step };
            let mean = |item: usize| {
                let neighbours = if from_left { &items[item].left } else { &items[item].right };
                mean(neighbours.iter().map(|neighbour| place[*neighbour])).unwrap_or(place[item])
            };
            let mut keyed: Vec<(f64, usize)> = order[rank].iter().map(|item| (mean(*item), *item)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            order[rank] = keyed.into_iter().map(|(_, item)| item).collect();
            for (at, item) in order[rank].iter().enumerate() {
                place[*item] = at as f64 - order[rank].len() as f64 / 2.0;
            }
        }
    }
}

/// As near to the mean of its neighbours as the order of the rank allows.
fn settle_heights(items: &mut [Item], order: &[Vec<usize>]) {
    for rank in order {
        let mut y = -rank.iter().map(|item| items[*item].height + GAP).sum::<f64>() / 2.0;
        for item in rank {
            items[*item].y = y + items[*item].height / 2.0;
            y += items[*item].height + GAP;
        }
    }
    for sweep in 0..SWEEPS {
        for step in 0..order.len() {
            let rank = &order[if sweep % 2 == 0 { step } else { order.len() - 1 - step }];
            let wanted: Vec<f64> = rank
                .iter()
                .map(|item| {
                    let neighbours = items[*item].left.iter().chain(&items[*item].right);
                    mean(neighbours.map(|neighbour| items[*neighbour].y)).unwrap_or(items[*item].y)
                })
                .collect();
            let heights: Vec<f64> = rank.iter().map(|item| items[*item].height).collect();
            for (item, y) in rank.iter().zip(apart(&wanted, &heights)) {
                items[*item].y = y;
            }
        }
    }
}

/// The heights nearest to the wanted ones, in the least squares, at which nothing overlaps: with the room above each
/// taken out, neighbours that are out of order share their mean.
fn apart(wanted: &[f64], heights: &[f64]) -> Vec<f64> {
    let mut room = vec![0.0; wanted.len()];
    for at in 1..wanted.len() {
        room[at] = room[at - 1] + (heights[at - 1] + heights[at]) / 2.0 + GAP;
    }
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (want, room) in wanted.iter().zip(&room) {
        let mut block = (want - room, 1);
        while let Some(last) = blocks.last().copied().filter(|last| last.0 > block.0) {
            let count = last.1 + block.1;
            block = ((last.0 * last.1 as f64 + block.0 * block.1 as f64) / count as f64, count);
            blocks.pop();
        }
        blocks.push(block);
    }
    let flat = blocks.into_iter().flat_map(|(y, count)| std::iter::repeat_n(y, count));
    flat.zip(&room).map(|(y, room)| y + room).collect()
}

/// The middle of each rank, with room for the labels between.
fn columns(boxes: &Boxes, items: &[Item], chains: &[Vec<usize>], ranks: usize) -> Vec<f64> {
    let mut widths = vec![0.0_f64; ranks];
    let mut labels = vec![0.0_f64; ranks];
    for item in items {
        widths[item.rank] = widths[item.rank].max(item.width);
    }
    for (chain, (_, _, label)) in chains.iter().zip(boxes.arrows) {
        let from = items[chain[label_at(chain.len())]].rank;
        labels[from] = labels[from].max(*label);
    }
    let mut x = MARGIN;
    (0..ranks)
        .map(|rank| {
            let middle = x + widths[rank] / 2.0;
            x += widths[rank] + RANK_GAP.max(labels[rank] + 20.0);
            middle
        })
        .collect()
}

/// The part of a route, from this point on, that its label stands at.
pub fn label_at(points: usize) -> usize {
    points.saturating_sub(2) / 2
}

/// Arrows leave and enter a side of a box spread over its height, in the order of their other ends.
fn routes(boxes: &Boxes, items: &[Item], chains: &[Vec<usize>], spot: &dyn Fn(usize) -> Spot) -> Vec<Vec<Spot>> {
    let mut routes: Vec<Vec<Spot>> =
        chains.iter().map(|chain| chain.iter().map(|item| spot(*item)).collect()).collect();
    for node in 0..boxes.sizes.len() {
        for leaves in [false, true] {
            let end = |chain: &Vec<usize>| if leaves { chain[0] } else { chain[chain.len() - 1] };
            let next = |chain: &Vec<usize>| if leaves { chain[1] } else { chain[chain.len() - 2] };
            let mut touching: Vec<usize> = (0..chains.len()).filter(|route| end(&chains[*route]) == node).collect();
            touching.sort_by(|a, b| items[next(&chains[*a])].y.total_cmp(&items[next(&chains[*b])].y));
            for (at, route) in touching.iter().enumerate() {
                let part = (at as f64 + 1.0) / (touching.len() as f64 + 1.0) - 0.5;
                let side = items[node].width / 2.0;
                let middle = spot(node);
                let port = Spot {
                    x: if leaves { middle.x + side } else { middle.x - side },
                    y: middle.y + part * items[node].height * 0.8,
                };
                let last = routes[*route].len() - 1;
                routes[*route][if leaves { 0 } else { last }] = port;
            }
        }
    }
    routes
}

fn mean(of: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = of.fold((0.0, 0), |(sum, count), y| (sum + y, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(count: usize, arrows: &[(usize, usize)]) -> Places {
        let sizes = vec![(80.0, 30.0); count];
        let arrows: Vec<(usize, usize, f64)> = arrows.iter().map(|(from, to)| (*from, *to, 10.0)).collect();
        place(&Boxes { sizes: &sizes, arrows: &arrows })
    }

    fn overlap(places: &Places) -> bool {
        let apart = |a: &Spot, b: &Spot| (a.x - b.x).abs() >= 80.0 || (a.y - b.y).abs() >= 30.0;
        places.boxes.iter().enumerate().any(|(at, a)| places.boxes[at + 1..].iter().any(|b| !apart(a, b)))
    }

    #[test]
    fn arrows_point_to_the_right_and_boxes_stand_apart() {
        let arrows = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3), (4, 3)];
        let places = placed(5, &arrows);
        assert!(!overlap(&places));
        for (from, to) in arrows {
            assert!(places.boxes[from].x < places.boxes[to].x, "{from} -> {to}");
        }
    }

    #[test]
    fn rings_and_loops_have_places_too() {
        let places = placed(4, &[(0, 1), (1, 2), (2, 0), (3, 3)]);
        assert!(!overlap(&places));
        assert!(places.routes.iter().all(|route| route.len() >= 2));
        // Turned round to be placed, and back to be drawn.
        assert!(places.routes[2][0].x > places.routes[2].last().unwrap().x);
    }

    #[test]
    fn nothing_is_placed_at_once() {
        let places = placed(0, &[]);
        assert!(places.boxes.is_empty() && places.height.is_finite());
    }

    #[test]
    fn heights_keep_the_order_and_the_room() {
        let heights = apart(&[0.0, 0.0, 0.0], &[10.0, 10.0, 10.0]);
        assert_eq!(heights, [-32.0, 0.0, 32.0]);
        assert_eq!(apart(&[0.0, 500.0], &[10.0, 10.0]), [0.0, 500.0]);
    }
}
