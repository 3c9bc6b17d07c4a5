//! The frame of a picture: its size, and its components with theirs (T.81, B.2.2 and A.1).

use crate::error::Fault;

/// One component: a plane of samples, perhaps at half the picture's resolution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Component {
    /// Its name in the file.
    pub(super) id: u8,
    /// Samples across and down in a unit of the frame.
    pub(super) horizontal: usize,
    pub(super) vertical: usize,
    /// Which quantization table is its.
    pub(super) table: usize,
    /// Height and width in samples.
    pub(super) size: [usize; 2],
    /// Blocks down and across, padded to whole units.
    pub(super) blocks: [usize; 2],
}

impl Component {
    /// Blocks down and across that hold samples.
    pub(super) fn own_blocks(&self) -> [usize; 2] {
        self.size.map(|side| side.div_ceil(8))
    }
}

/// Samples of one component, in whole blocks.
pub(super) struct Plane {
    /// Height and width of what is meant.
    pub(super) size: [usize; 2],
    /// Samples from a row to the next.
    pub(super) stride: usize,
    /// How many times larger the picture is, down and across.
    pub(super) factors: [usize; 2],
    pub(super) samples: Vec<u8>,
}

impl Plane {
    /// The samples of a row that are meant.
    pub(super) fn row(&self, row: usize) -> &[u8] {
        &self.samples[row * self.stride..][..self.size[1]]
    }
}

/// What a frame header says.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// Height and width in pixels.
    pub(super) size: [usize; 2],
    pub(super) is_progressive: bool,
    pub(super) components: Vec<Component>,
    /// Units down and across.
    pub(super) units: [usize; 2],
    /// Most samples down and across in a unit.
    pub(super) most: [usize; 2],
}

impl Frame {
    /// From the bytes of the segment behind its length.
    pub(super) fn read(segment: &[u8], is_progressive: bool) -> Result<Self, Fault> {
        let [precision, h1, h0, w1, w0, count, rest @ ..] = segment else { return Err(Fault::Truncated) };
        if *precision != 8 {
            return Err(Fault::unsupported(format!("{precision} bits a sample")));
        }
        let size = [u16::from_be_bytes([*h1, *h0]), u16::from_be_bytes([*w1, *w0])].map(usize::from);
        if size[0] == 0 {
            return Err(Fault::unsupported("a height that follows the pixels"));
        }
        if size[1] == 0 {
            return Err(Fault::damaged("a width of 0"));
        }
        let count = usize::from(*count);
        if !matches!(count, 1 | 3 | 4) {
            return Err(Fault::unsupported(format!("{count} components")));
        }
        let entries = rest.get(..3 * count).ok_or(Fault::Truncated)?.as_chunks::<3>().0;
        let factor = |byte: u8| if (1..=4).contains(&byte) { Ok(usize::from(byte)) } else { Err(byte) };
        let mut components = Vec::new();
        for &[id, factors, table] in entries {
            let (Ok(horizontal), Ok(vertical)) = (factor(factors >> 4), factor(factors & 15)) else {
                return Err(Fault::damaged(format!("sampling factors {factors:#04x}")));
            };
            if table > 3 {
                return Err(Fault::damaged(format!("quantization table {table}")));
            }
            let table = usize::from(table);
            components.push(Component { id, horizontal, vertical, table, size, blocks: [0; 2] });
        }
        let most = |of: fn(&Component) -> usize| components.iter().map(of).max().unwrap_or(1);
        let most = [most(|c| c.vertical), most(|c| c.horizontal)];
        let units = [size[0].div_ceil(8 * most[0]), size[1].div_ceil(8 * most[1])];
        for component in &mut components {
            let factors = [component.vertical, component.horizontal];
            component.size = std::array::from_fn(|side| (size[side] * factors[side]).div_ceil(most[side]));
            component.blocks = std::array::from_fn(|side| units[side] * factors[side]);
        }
        Ok(Frame { size, is_progressive, components, units, most })
    }
}
