//! `test_time_augmentation`.

use super::error::Problem;
use super::value::{Fields, Value};
use crate::recipe::TestTimeAugmentation;

const EXAMPLE: &str = "test_time_augmentation = { flip = true, shifts = 1 }";
/// More pixels than any image has along a side.
const SHIFTS_MAX: u64 = 1 << 30;

/// How a model looks at an image, checked as far as that goes without the shape of the images.
pub(super) fn augmentation(value: &Value) -> Result<TestTimeAugmentation, Problem> {
    let fields = Fields::new(value, "test_time_augmentation", &["flip", "shifts"], EXAMPLE)?;
    let flip = fields.get("flip").map_or(Ok(false), |v| v.boolean())?;
    let shifts = fields.get("shifts").map_or(Ok(0), |v| v.integer(..=SHIFTS_MAX, "a number of pixels"))?;
    if !flip && shifts == 0 {
        let message = "test_time_augmentation: there is nothing but the image itself to look at";
        return Err(value.problem(message).help(format!("write {EXAMPLE}, or leave the key out")));
    }
    Ok(TestTimeAugmentation { flip, shifts: shifts as usize })
}

/// Refuses shifts that cannot be done to images of this shape ([channels, height, width]).
pub(super) fn check_fits(value: &Value, [_, height, width]: [usize; 3]) -> Result<(), Problem> {
    let most = TestTimeAugmentation::shifts_max([height, width]);
    let shifts = augmentation(value)?.shifts;
    if shifts <= most {
        return Ok(());
    }
    let fields = Fields::named(value, "test_time_augmentation", EXAMPLE)?;
    let message = format!("images of {width} x {height} pixels cannot be moved by {shifts}");
    Err(fields.problem("shifts", message).help(format!("choose at most {most}")))
}
