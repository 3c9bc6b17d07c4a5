//! Endless epochs, each in an order of its own.

/// Batches of image numbers: every image once an epoch, the last batch of an epoch maybe smaller.
pub struct Epochs {
    order: Vec<usize>,
    next: usize,
    batch_size: usize,
    state: u64,
}

impl Epochs {
    pub fn new(images: usize, batch_size: usize) -> Epochs {
        Epochs { order: (0..images).collect(), next: images, batch_size, state: 0x9e37_79b9_7f4a_7c15 }
    }

    /// The next batch.
    pub fn batch(&mut self) -> &[usize] {
        if self.next == self.order.len() {
            for i in (1..self.order.len()).rev() {
                let other = self.random() % (i as u64 + 1);
                self.order.swap(i, other as usize);
            }
            self.next = 0;
        }
        let start = self.next;
        self.next = (start + self.batch_size).min(self.order.len());
        &self.order[start..self.next]
    }

    /// xorshift64: which order it is does not matter here.
    fn random(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }
}
