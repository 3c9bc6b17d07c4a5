//! What the backward pass needs besides its arguments.

use super::geometry::{BLOCK, Linear};
use crate::LANES;
use crate::buffer::{Buffer, OutOfMemory, try_filled};
use crate::layout::product;
use crate::team::Shares;

/// Lists of the output gradient's values that are not zero, and a tile of inputs and of their gradients a
/// thread.
#[derive(Debug)]
pub struct Scratch {
    linear: Linear,
    images: usize,
    threads: usize,
    indices: [Vec<u32>; 2],
    values: [Buffer; 2],
    counts: [Vec<u32>; 2],
    tiles: Buffer,
}

impl Scratch {
    /// For this layer alone, up to so many images and threads.
    pub fn new(linear: &Linear, images: usize, threads: usize) -> Result<Scratch, OutOfMemory> {
        linear.check();
        let outputs = linear.out_features();
        let together = Lists::together(outputs);
        let groups = outputs.div_ceil(together);
        let by_image = product([groups, images, together]);
        let by_output = product([outputs, images]);
        Ok(Scratch {
            linear: *linear,
            images,
            threads,
            indices: [try_filled(0, by_image)?, try_filled(0, by_output)?],
            values: [Buffer::try_zeroed(by_image)?, Buffer::try_zeroed(by_output)?],
            counts: [try_filled(0, groups * images)?, try_filled(0, outputs)?],
            tiles: Buffer::try_zeroed(product([threads, 2, images, BLOCK]))?,
        })
    }

    pub(super) fn parts(&mut self, linear: &Linear, images: usize, threads: usize) -> (Lists, Shares<f32>) {
        assert_eq!(&self.linear, linear, "the scratch is another layer's");
        assert!(images <= self.images, "the scratch is for {} images", self.images);
        assert!(threads <= self.threads, "the scratch is for {} threads", self.threads);
        let [by_image, by_output] = &mut self.indices;
        let [image_values, output_values] = &mut self.values;
        let [image_counts, output_counts] = &mut self.counts;
        let together = Lists::together(linear.out_features());
        let lists = Lists {
            images: self.images,
            together,
            groups: linear.out_features().div_ceil(together),
            by_image: (by_image.as_mut_ptr(), image_values.as_mut_ptr(), image_counts.as_mut_ptr()),
            by_output: (by_output.as_mut_ptr(), output_values.as_mut_ptr(), output_counts.as_mut_ptr()),
        };
        (lists, Shares(self.tiles.as_mut_ptr()))
    }
}

/// Output gradients that are not zero, as lists of indices and values with a length each: [group of
/// outputs][image] of outputs, and [output] of images.
#[derive(Clone, Copy)]
pub(super) struct Lists {
    images: usize,
    together: usize,
    pub(super) groups: usize,
    by_image: (*mut u32, *mut f32, *mut u32),
    by_output: (*mut u32, *mut f32, *mut u32),
}

// SAFETY: `backward` sees to it that items of one round write disjoint lists or only read.
unsafe impl Send for Lists {}
// SAFETY: `backward` sees to it that items of one round write disjoint lists or only read.
unsafe impl Sync for Lists {}

impl Lists {
    /// The most outputs of a group: their rows of a block of the weight fill a first-level cache.
    pub(super) const MOST: usize = 128;

    /// Outputs of a group: whole vectors, and no fewer groups than two where there are two vectors.
    fn together(outputs: usize) -> usize {
        outputs.div_ceil(2).next_multiple_of(LANES).min(Self::MOST)
    }

    /// First output of a group and its end.
    pub(super) fn outputs(&self, group: usize, all: usize) -> [usize; 2] {
        self.outputs_of([group, group + 1], all)
    }

    /// First output of some groups and their end.
    pub(super) fn outputs_of(&self, [first, end]: [usize; 2], all: usize) -> [usize; 2] {
        [first, end].map(|group| all.min(group * self.together))
    }

    /// Values of a thread's tiles.
    pub(super) fn tile_len(&self) -> usize {
        2 * self.images * BLOCK
    }

    /// Where a thread's second tile starts.
    pub(super) fn second_tile(&self) -> usize {
        self.images * BLOCK
    }

    /// A place an output of the group.
    pub(super) fn of_image(&self, group: usize, image: usize) -> (*mut u32, *mut f32) {
        let at = (group * self.images + image) * self.together;
        (self.by_image.0.wrapping_add(at), self.by_image.1.wrapping_add(at))
    }

    pub(super) fn image_count(&self, group: usize, image: usize) -> *mut u32 {
        self.by_image.2.wrapping_add(group * self.images + image)
    }

    /// A place an image.
    pub(super) fn of_output(&self, output: usize) -> (*mut u32, *mut f32) {
        let at = output * self.images;
        (self.by_output.0.wrapping_add(at), self.by_output.1.wrapping_add(at))
    }

    pub(super) fn output_count(&self, output: usize) -> *mut u32 {
        self.by_output.2.wrapping_add(output)
    }
}
