//! Layouts and buffers: where values lie.

use toile_kernels::LANES;
use toile_kernels::buffer::{Buffer, try_filled};
use toile_kernels::layout::Layout;
use toile_kernels::paper;

use crate::support::{CHANNELS, POISON, inside, same_bits, surrounded, uniform};

const IMAGES: usize = 3;

fn layouts() -> Vec<Layout> {
    let mut all = vec![];
    for channels in CHANNELS {
        for [height, width, border_rows, border_columns] in
            [[1, 1, 0, 0], [3, 5, 0, 0], [3, 5, 1, 2], [4, 2, 2, 0], [2, 4, 0, 3], [28, 28, 1, 1]]
        {
            all.push(Layout { channels, height, width, border_rows, border_columns });
        }
    }
    all
}

#[test]
fn scattered_values_lie_where_the_contract_says() {
    for layout in layouts() {
        let Layout { channels, height, width, border_rows, border_columns } = layout;
        let values = uniform(9000, IMAGES * layout.image_len());
        let buffer = surrounded(layout, &values);
        let mut expected = vec![POISON; buffer.len()];
        let row_len = (width + 2 * border_columns) * channels;
        for (i, &value) in values.iter().enumerate() {
            let (c, column) = (i % channels, i / channels % width);
            let (row, image) = (i / channels / width % height, i / channels / width / height);
            let at = (row + border_rows) * row_len + (column + border_columns) * channels + c;
            expected[image * layout.image_stride() + at] = value;
        }
        same_bits(&buffer, &expected, &format!("{layout:?}"));
        same_bits(&inside(layout, &buffer, IMAGES, "gathered"), &values, &format!("{layout:?}"));
    }
}

#[test]
fn images_start_on_cache_lines_an_odd_number_apart() {
    for layout in layouts() {
        let stride = layout.image_stride();
        assert_eq!(stride % LANES, 0, "{layout:?}");
        assert_eq!(stride / LANES % 2, 1, "{layout:?}");
        let whole = (layout.height + 2 * layout.border_rows) * layout.row_stride();
        assert!(whole <= stride && stride < whole + 2 * LANES, "{layout:?}");
        assert_eq!(layout.buffer_len(IMAGES), IMAGES * stride, "{layout:?}");
    }
}

#[test]
fn buffers_are_zero_and_aligned() {
    const HUGE_VALUES: usize = (2 << 20) / 4;
    for (len, align) in [(0, 64), (1, 64), (17, 64), (HUGE_VALUES - 1, 64), (HUGE_VALUES, 2 << 20)] {
        let mut buffer = Buffer::zeroed(len);
        assert_eq!(buffer.len(), len);
        assert_eq!(buffer.as_ptr() as usize % align, 0, "{len} values");
        assert!(buffer.iter().all(|v| v.to_bits() == 0), "{len} values");
        buffer.fill(1.5);
        let copy = buffer.clone();
        buffer.fill(2.5);
        assert!(copy.len() == len && copy.iter().all(|v| *v == 1.5), "a copy of {len} values");
        assert_eq!(copy.as_ptr() as usize % align, 0, "a copy of {len} values");
    }
}

#[test]
fn a_buffer_without_memory_is_an_error_that_says_its_bytes() {
    // An eighth of all addresses: no machine has so many.
    let error = Buffer::try_zeroed(usize::MAX / 32).expect_err("no memory");
    assert!(error.bytes > usize::MAX / 16, "{error:?}");
    assert_eq!(error.to_string(), format!("there is no memory for a buffer of {} bytes", error.bytes));
    let error = try_filled(0u8, usize::MAX / 4).expect_err("no memory");
    assert_eq!(error.bytes, usize::MAX / 4);
    assert_eq!(try_filled(7u8, 3), Ok(vec![7; 3]));
}

#[test]
fn buffers_on_paper_are_counted_and_take_no_memory() {
    let bytes = paper::bytes(|| {
        // More than any machine has, and a few bytes.
        let large = Buffer::try_zeroed(1 << 44).expect("on paper there is always memory");
        assert!(large.is_empty());
        assert_eq!(try_filled(0u8, 100), Ok(vec![]));
        (large, Buffer::zeroed(3).clone())
    });
    // Large buffers are whole huge pages, small ones whole cache lines; of the empty clone one, too.
    assert_eq!(bytes, (1 << 46) + 100 + 64 + 64);
    assert_eq!(Buffer::zeroed(3).len(), 3, "buffers are real again");
}

#[test]
fn counting_ends_where_what_is_counted_panics() {
    let counted = std::panic::catch_unwind(|| paper::bytes(|| panic!("on the way")));
    assert!(counted.is_err());
    assert_eq!(Buffer::zeroed(3).len(), 3, "buffers are real again");
}
