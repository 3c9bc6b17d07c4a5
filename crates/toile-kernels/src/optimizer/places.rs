//! Where the values of a packed parameter stand.

use crate::buffer::{OutOfMemory, try_filled};

/// For each value of a parameter in PyTorch's order, where it stands among the packed ones. No two stand in one place.
#[derive(Clone, Debug)]
pub struct Places {
    places: Vec<u32>,
    /// Behind the last place.
    end: usize,
}

impl Places {
    /// Those of `len` values that `unpack` moves from `packed` packed ones to PyTorch's order. Empty
    /// [on paper](crate::paper).
    ///
    /// # Errors
    /// There is no memory for them.
    ///
    /// # Panics
    /// `unpack` gives another number of values, values that are not among the packed ones, or one twice.
    pub fn new(
        len: usize,
        packed: usize,
        unpack: impl FnOnce(&[f32]) -> Vec<f32>,
    ) -> Result<Places, OutOfMemory> {
        let mut places = try_filled(0, len)?;
        if places.is_empty() {
            return Ok(Places { places, end: 0 });
        }
        // Unpacking moves values and computes none, so that each can carry its own place in its bits; those of
        // numbers alone, because a move may change which NaN it is.
        assert!(packed <= f32::INFINITY.to_bits() as usize, "places: {packed} packed values");
        let carriers: Vec<f32> = (0..packed as u32).map(f32::from_bits).collect();
        let carried = unpack(&carriers);
        assert_eq!(carried.len(), len, "places: number of unpacked values");
        let mut taken = vec![false; packed];
        for (place, carrier) in places.iter_mut().zip(carried) {
            *place = carrier.to_bits();
            let taken = taken.get_mut(*place as usize).expect("an unpacked value is one of the packed");
            assert!(!std::mem::replace(taken, true), "places: a value is unpacked twice");
        }
        Ok(Places { places, end: packed })
    }

    /// Number of values.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether all places are among so many values.
    pub(crate) fn fit(&self, values: usize) -> bool {
        self.end <= values
    }

    /// One after the other.
    pub(crate) fn as_slice(&self) -> &[u32] {
        &self.places
    }
}
