//! Held-out images.

use toile_kernels::random::{Purpose, permutation};

/// Holds out `fraction` of each class, at random by `seed`: (training indices, validation indices), both
/// ascending, together each index once. A class of n images gives round(n * fraction), halves upwards.
///
/// # Panics
/// A fraction outside [0, 1] or a label not below `classes`.
pub fn stratified(labels: &[u32], classes: usize, fraction: f64, seed: u64) -> (Vec<u32>, Vec<u32>) {
    assert!((0.0..=1.0).contains(&fraction), "the validation fraction {fraction} is outside [0, 1]");
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); classes];
    for (index, &label) in labels.iter().enumerate() {
        members[label as usize].push(index as u32);
    }
    let mut held_out = vec![false; labels.len()];
    for (class, members) in members.iter().enumerate() {
        let count = (members.len() as f64 * fraction).round() as usize;
        // The class stands where an epoch would: each class has its own numbers.
        let order = permutation(seed, Purpose::Split, class as u32, members.len());
        for &position in &order[..count] {
            held_out[members[position as usize] as usize] = true;
        }
    }
    (0..labels.len() as u32).partition(|&index| !held_out[index as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_out_the_share_of_each_class() {
        // Class 3 has no image.
        let labels = [vec![0; 60], vec![1; 15], vec![0; 40], vec![2; 4]].concat();
        let count = |indices: &[u32], class| indices.iter().filter(|&&i| labels[i as usize] == class).count();
        let all: Vec<u32> = (0..labels.len() as u32).collect();
        for (fraction, seed) in [(0.1, 0), (0.25, 1), (0.5, 7), (0.0, 3), (1.0, 3)] {
            let (train, validation) = stratified(&labels, 4, fraction, seed);
            for class in 0..4 {
                let expected = (count(&all, class) as f64 * fraction).round() as usize;
                assert_eq!(count(&validation, class), expected, "class {class} at {fraction}");
            }
            assert!(train.is_sorted() && validation.is_sorted());
            let mut together = [train, validation].concat();
            together.sort_unstable();
            assert_eq!(together, all);
        }
    }

    #[test]
    fn is_a_function_of_the_seed() {
        let labels: Vec<u32> = (0..1000).map(|i| i % 10).collect();
        assert_eq!(stratified(&labels, 10, 0.1, 5), stratified(&labels, 10, 0.1, 5));
        assert_ne!(stratified(&labels, 10, 0.1, 5).1, stratified(&labels, 10, 0.1, 6).1);
        // Classes draw their own numbers: not the same positions in each.
        let validation = stratified(&labels, 10, 0.1, 5).1;
        let positions =
            |class| -> Vec<u32> { validation.iter().filter(|&&i| i % 10 == class).map(|i| i / 10).collect() };
        assert_ne!(positions(0), positions(1));
    }
}
