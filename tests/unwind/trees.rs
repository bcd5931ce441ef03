// Recursion over boxed trees, closures, a sort with a comparison closure, strings.
use std::collections::HashMap;

enum Tree {
    Leaf(u64),
    Node(Box<Tree>, Box<Tree>),
}

fn build(depth: u32, seed: u64) -> Tree {
    if depth == 0 {
        return Tree::Leaf(seed);
    }
    Tree::Node(
        Box::new(build(depth - 1, seed.wrapping_mul(6364136223846793005).wrapping_add(1))),
        Box::new(build(depth - 1, seed ^ 0x9e3779b97f4a7c15)),
    )
}

fn walk(tree: &Tree, visit: &mut dyn FnMut(u64)) {
    match tree {
        Tree::Leaf(n) => visit(*n),
        Tree::Node(a, b) => {
            walk(a, visit);
            walk(b, visit);
        }
    }
}

fn main() {
    let mut total = 0u64;
    for round in 0..900 {
        let tree = build(12, round);
        let mut leaves = Vec::new();
        walk(&tree, &mut |n| leaves.push(n));
        leaves.sort_by(|a, b| b.cmp(a));
        let mut seen: HashMap<String, u64> = HashMap::new();
        for n in &leaves {
            *seen.entry(format!("{:x}", n % 1000)).or_insert(0) += 1;
        }
        total = total.wrapping_add(seen.len() as u64).wrapping_add(leaves[0]);
    }
    println!("{total}");
}
