//! Whether a network can fit into this machine at all. Running out of memory ends a program without a word, so
//! what cannot work is refused before it is tried.

use toile_nn::description::{Network, summarize};

use crate::recipe::Recipe;

const BYTES_A_VALUE: u128 = 4;

/// What is wrong where a training needs more memory than there is; `memory` is that of the machine, in bytes.
pub(super) fn check(recipe: &Recipe, network: &Network, memory: Option<u128>) -> Result<(), String> {
    let (needed, memory) = (least_bytes(recipe, network), memory.unwrap_or(u128::MAX));
    if needed <= memory {
        return Ok(());
    }
    let gib = |bytes: u128| bytes as f64 / (1u64 << 30) as f64;
    Err(format!(
        "training it takes more than {:.1} GiB of memory, this machine has {:.1}; choose fewer channels or features, \
         or a smaller batch_size",
        gib(needed),
        gib(memory)
    ))
}

/// A lower bound: the weights, what the optimizer keeps of each, and the largest output of a layer for a batch; of
/// that a quarter, because a convolution that is pooled at once keeps no more.
fn least_bytes(recipe: &Recipe, network: &Network) -> u128 {
    let kept = recipe.optimizer.states().len() as u128;
    let layers = summarize(network);
    let parameters: u128 = layers.iter().map(|layer| layer.parameters as u128).sum();
    let largest = layers.iter().map(|layer| layer.output.len() as u128).max().unwrap_or(0);
    BYTES_A_VALUE * (parameters * (1 + kept) + largest * recipe.batch_size as u128 / 4)
}

/// Bytes of memory of this machine as Linux tells; `None` elsewhere.
pub(super) fn of_this_machine() -> Option<u128> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u128 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study_file;

    #[test]
    fn what_fits_and_what_does_not() {
        let study = study_file::load("baseline-vs-better").unwrap();
        let (baseline, better) = (&study.models[0].recipe, &study.models[1].recipe);
        let network = baseline.network([1, 28, 28], 10).unwrap();
        // 643,082 parameters; 32 x 28 x 28 values an image, 128 images.
        let outputs = 4 * 32 * 28 * 28 * 128 / 4;
        assert_eq!(least_bytes(baseline, &network), 4 * 643_082 + outputs);
        assert_eq!(least_bytes(better, &network), 3 * 4 * 643_082 + outputs);
        assert_eq!(check(better, &network, Some(1 << 30)), Ok(()));
        assert_eq!(check(better, &network, None), Ok(()));
        let problem = check(better, &network, Some(1 << 20)).unwrap_err();
        assert!(problem.contains("smaller batch_size"), "{problem}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_tells_its_memory() {
        assert!(of_this_machine().unwrap() > 1 << 24);
    }
}
