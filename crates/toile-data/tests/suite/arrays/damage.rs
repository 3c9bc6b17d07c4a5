//! Damaged files: whatever they hold, they are read or refused.

use tempfile::TempDir;
use toile_data::arrays::{self, ArrayOptions, ArraySet, Layout};
use toile_testing::{Chance, changed_bytes};

use super::files::*;

/// Every image has its label, and every image is whole.
fn is_consistent(set: &ArraySet) -> bool {
    let mut halves = [Some(&set.train), set.validation.as_ref(), set.test.as_ref()].into_iter().flatten();
    halves.all(|half| {
        !half.is_empty() && half.pixels.len() == half.len() * half.image_shape.iter().product::<usize>()
    })
}

/// Other bytes: one of them, or whole stretches.
fn damaged(bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    match chance.below(2) {
        0 => changed_bytes(&bytes, chance),
        _ => {
            let at = chance.below(bytes.len());
            bytes[at] = chance.below(256) as u8;
            bytes
        }
    }
}

#[test]
fn damaged_files_are_read_or_refused() {
    let folder = TempDir::new().unwrap();
    let floats = npy("<f2", &[4, 2, 3], &[0x00, 0x38].repeat(24));
    let names = npy("<U2", &[4], &[b'a', 0, 0, 0, b'b', 0, 0, 0].repeat(4));
    let archives = [
        npz(&[("images", small_images()), ("labels", small_labels())]),
        zip(&[Member::new("images.npy", &floats, false), Member::new("labels.npy", &names, false)]),
    ];
    let (mut read, mut refused) = (0, 0);
    for case in 0..600 {
        let mut chance = Chance::new(7, case);
        let options = ArrayOptions {
            layout: chance.one_of(&[None, None, Some(Layout::Nhw)]),
            range: chance.one_of(&[None, Some([0.0, 300.0])]),
        };
        let archive = write(folder.path(), "x.npz", &damaged(&archives[chance.below(2)], &mut chance));
        let images = chance.one_of(&[&floats, &small_images()]).clone();
        let pair_of = |images: &[u8], labels: &[u8]| pair(folder.path(), images, labels);
        let found = [
            arrays::npz(&archive, &options),
            arrays::npy(&pair_of(&damaged(&images, &mut chance), &small_labels()), &options),
            arrays::npy(&pair_of(&images, &damaged(&names, &mut chance)), &options),
            {
                let (images, labels) = (idx(0x0b, &[2, 1, 2], &[0; 8]), idx(0x08, &[2], &[1, 0]));
                let images = damaged(&images, &mut chance);
                arrays::idx(&pair_of(&images, &damaged(&gzip(&labels), &mut chance)), &options)
            },
        ];
        for set in found {
            match set {
                Ok(set) => {
                    assert!(is_consistent(&set), "case {case}: {set:?}");
                    read += 1;
                }
                Err(error) => {
                    assert!(error.file.starts_with(folder.path()), "case {case}: {error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(read > 200 && refused > 1000, "{read} and {refused}: both have to happen");
}
