//! The definition of bf16 and of its sums, by hand.

use toile_kernels::precision::{add_products, round_to_bf16};

#[test]
fn rounds_to_nearest_even_and_flushes() {
    let one = 1.0f32.to_bits();
    // 1 + 2^-8 lies between 1 and 1 + 2^-7: the even one is 1; above, and next to it the other way.
    for (bits, rounded) in
        [(one | 0x8000, one), (one | 0x8001, one + 0x1_0000), (one | 0x1_8000, one + 0x2_0000)]
    {
        assert_eq!(round_to_bf16(f32::from_bits(bits)).to_bits(), rounded, "{bits:#x}");
    }
    assert_eq!(round_to_bf16(f32::MAX), f32::INFINITY);
    assert_eq!(round_to_bf16(-1e-40).to_bits(), (-0.0f32).to_bits());
    assert!(round_to_bf16(f32::NAN).is_nan());
    assert!(round_to_bf16(f32::from_bits(0x7f80_0001)).is_nan(), "a payload in the second half alone");
}

#[test]
fn adds_the_second_product_first() {
    // 2^24 + 1 - 2^24: the 1 is lost where it comes to 2^24, and is not where it comes last.
    let large = 4096.0;
    assert_eq!(add_products(-large * large, [1.0, 1.0], [large, large]), 1.0);
    assert_eq!(add_products(large * large, [-large, large], [1.0, 1.0]), 0.0);
    assert_eq!(add_products(0.0, [1e-30, 1e-10], [0.0, 0.0]), 0.0, "smaller than a normal number");
}

/// 2^-126 - 2^-150 has 24 bits, and is no normal number; with the bits that are left there it would round to one.
#[test]
fn is_flushed_by_what_it_is_and_not_by_what_it_rounds_to() {
    let power = |n: i32| 2.0f32.powi(n);
    let smallest = f32::MIN_POSITIVE;
    assert_eq!(add_products(smallest, [0.0, 0.0], [power(-75), -power(-75)]), 0.0);
    assert_eq!(add_products(-smallest, [power(-75), power(-75)], [0.0, 0.0]).to_bits(), (-0.0f32).to_bits());
    assert_eq!(add_products(smallest, [power(-75), -power(-76)], [0.0, 0.0]), smallest);
}
