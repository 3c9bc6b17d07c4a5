//! NumPy's archives of arrays: a zip file with a member `NAME.npy` an array.

use std::fs::File;
use std::path::Path;

use super::array::{Array, Place, Placed};
use super::assemble::{Part, Role, assemble};
use super::error::{ArrayError, ArrayProblem};
use super::limits::unpacked_max;
use super::npy;
use super::options::ArrayOptions;
use super::pairs::open_file;
use super::set::ArraySet;
use crate::zip::{Archive, Member};

/// Images and labels of training, validation and test, as Keras, MedMNIST and scikit-learn's examples name them.
const NAMES: [[[&str; 2]; 3]; 3] = [
    [["x_train", "y_train"], ["x_val", "y_val"], ["x_test", "y_test"]],
    [["train_images", "train_labels"], ["val_images", "val_labels"], ["test_images", "test_labels"]],
    [["images", "labels"], ["", ""], ["", ""]],
];
const NAMES_SAID: &str = "x_train, y_train, x_test, y_test (and x_val, y_val), or train_images, train_labels, \
                          test_images, test_labels (and val_images, val_labels), or images, labels";

/// Reads an archive: `x_train`, `y_train`, `x_test`, `y_test` with or without `x_val`, `y_val`; MedMNIST's
/// `train_images`, `train_labels`, `test_images` and so on; or `images`, `labels`, which are then all there is.
///
/// Images are of the shape (N, H, W), (N, H, W, C) or (N, C, H, W). Integers are bytes; floats are fractions of
/// white, if all training images lie within 0 and 1, or else bytes; computed in f64, rounded half to even. Labels are
/// integers or text, of the shape (N,) or (N, 1).
///
/// # Errors
/// Whatever is wrong, with the file, the array, the index and what would help.
pub fn npz(path: &Path, options: &ArrayOptions) -> Result<ArraySet, ArrayError> {
    let place = Place::file(path);
    let (file, _) = open_file(path).map_err(|problem| place.error(problem))?;
    let mut archive = Archive::open(file).map_err(|problem| place.error(problem))?;
    let names: Vec<String> = archive.members().iter().filter_map(|member| array_name(&member.name)).collect();
    let is_there = |name: &str| names.iter().any(|there| there == name);
    let Some(scheme) = NAMES.iter().find(|[train, ..]| train.iter().any(|name| is_there(name))) else {
        let wanted = "of training images".to_owned();
        return Err(place.error(ArrayProblem::Missing { wanted, found: names, names: NAMES_SAID }));
    };
    let [_, validation, test] = scheme.map(|part| part.iter().any(|name| is_there(name)));
    assemble(options, [validation, test], &mut |part, role| {
        let name = scheme[part as usize][role as usize];
        if !is_there(name) {
            let (wanted, found) = (name.to_owned(), names.clone());
            return Err(place.error(ArrayProblem::Missing { wanted, found, names: NAMES_SAID }));
        }
        let place = Place { array: Some(name.to_owned()), ..place.clone() };
        let array = read(&mut archive, name, path).map_err(|problem| place.error(problem))?;
        Ok(Placed { place, array })
    })
}

fn array_name(member: &str) -> Option<String> {
    member.strip_suffix(".npy").map(str::to_owned)
}

fn read(archive: &mut Archive<File>, name: &str, path: &Path) -> Result<Array, ArrayProblem> {
    let is_it = |member: &&Member| member.name.strip_suffix(".npy") == Some(name);
    let mut found = archive.members().iter().filter(is_it).cloned();
    let (member, second) = (found.next(), found.next());
    let member = member.filter(|_| second.is_none()).ok_or(ArrayProblem::Twice)?;
    let Member { packed, unpacked, .. } = member;
    if unpacked > unpacked_max(packed) {
        return Err(ArrayProblem::Bomb { packed, unpacked });
    }
    let shown = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let conversion = || {
        format!(
            "  d = np.load(\"{shown}\", allow_pickle=True)\n  \
             np.savez(\"plain-{shown}\", **{{name: np.array(list(d[name])) for name in d}})"
        )
    };
    let mut stream = archive.read(&member)?;
    npy::read(&mut stream, None, &conversion)
}

const _: () =
    assert!(Part::Train as usize == 0 && Part::Validation as usize == 1 && Part::Test as usize == 2);
const _: () = assert!(Role::Images as usize == 0 && Role::Labels as usize == 1);
