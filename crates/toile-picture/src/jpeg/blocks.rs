//! The blocks of a picture between its scans.

use super::block::Block;
use super::frame::{Component, Frame, Plane};
use super::idct::idct;
use crate::error::Fault;
use crate::limits::Deadline;

/// One component's part.
pub(super) struct ComponentBlocks {
    pub(super) component: Component,
    /// Its quantization table in zigzag order, as it was at its first scan.
    pub(super) quantization: Option<[u16; 64]>,
    /// Coefficients of all its blocks; only of progressive pictures.
    pub(super) coefficients: Vec<Block>,
    /// Samples of whole blocks.
    pub(super) samples: Vec<u8>,
    /// For each coefficient, the lowest bit that is known; none before its first scan.
    pub(super) known: [Option<u8>; 64],
}

impl ComponentBlocks {
    /// Transforms a block into its place.
    pub(super) fn put(&mut self, [row, column]: [usize; 2], block: &Block) -> Result<(), Fault> {
        let table = self.quantization.as_ref().ok_or_else(|| Fault::damaged("no quantization table"))?;
        let stride = self.component.blocks[1] * 8;
        idct(block, table, &mut self.samples[row * 8 * stride + column * 8..], stride);
        Ok(())
    }
}

/// All components.
pub(super) struct Picture {
    pub(super) frame: Frame,
    pub(super) components: Vec<ComponentBlocks>,
}

impl Picture {
    /// Without pixels yet.
    pub(super) fn new(frame: &Frame) -> Self {
        let blocks = |&component: &Component| {
            let count = component.blocks[0] * component.blocks[1];
            ComponentBlocks {
                component,
                quantization: None,
                coefficients: vec![[0; 64]; if frame.is_progressive { count } else { 0 }],
                samples: vec![0; 64 * count],
                known: [None; 64],
            }
        };
        Picture { frame: frame.clone(), components: frame.components.iter().map(blocks).collect() }
    }

    /// Whether all of the picture was there. Behind the mark of the end, fine detail may be missing: somebody may have
    /// left it out. Without that mark it has to be complete.
    pub(super) fn is_complete(&self, ended: bool) -> bool {
        self.components.iter().all(|component| {
            if ended {
                component.known[0].is_some()
            } else {
                component.known.iter().all(|bit| *bit == Some(0))
            }
        })
    }

    /// The samples of each component.
    pub(super) fn into_planes(self, deadline: Deadline) -> Result<Vec<Plane>, Fault> {
        let Frame { most, is_progressive, .. } = self.frame;
        let plane = |mut blocks: ComponentBlocks| {
            let component = blocks.component;
            if is_progressive {
                let coefficients = std::mem::take(&mut blocks.coefficients);
                for (row, of_row) in coefficients.chunks_exact(component.blocks[1]).enumerate() {
                    deadline.check()?;
                    for (column, block) in of_row.iter().enumerate() {
                        blocks.put([row, column], block)?;
                    }
                }
            }
            let (vertical, horizontal) = (component.vertical, component.horizontal);
            if most[0] % vertical != 0 || most[1] % horizontal != 0 {
                return Err(Fault::unsupported(
                    "components whose sizes are no whole multiples of each other",
                ));
            }
            Ok(Plane {
                size: component.size,
                stride: component.blocks[1] * 8,
                factors: [most[0] / vertical, most[1] / horizontal],
                samples: blocks.samples,
            })
        };
        self.components.into_iter().map(plane).collect()
    }
}
