//! Changes of a pixel's colour, as torchvision computes them for tensors of bytes: in f32, in this order, cut down to
//! bytes.

/// Times a factor.
pub(super) fn brightness(factor: f32, pixels: &mut [u8]) {
    // The conversion cuts at 0 and 255 and drops what is behind the point.
    pixels.iter_mut().for_each(|byte| *byte = (f32::from(*byte) * factor) as u8);
}

/// Away from the image's mean grey, or towards it.
pub(super) fn contrast(factor: f32, channels: usize, pixels: &mut [u8]) {
    let sum: u64 = match channels {
        3 => pixels.chunks_exact(3).map(|pixel| grey(pixel) as u64).sum(),
        _ => pixels.iter().map(|byte| u64::from(*byte)).sum(),
    };
    let mean = (sum as f64 / (pixels.len() / channels) as f64) as f32;
    pixels.iter_mut().for_each(|byte| *byte = blend(*byte, mean, factor));
}

/// Away from each pixel's grey, or towards it. Grey images stay as they are.
pub(super) fn saturation(factor: f32, channels: usize, pixels: &mut [u8]) {
    if channels != 3 {
        return;
    }
    for pixel in pixels.chunks_exact_mut(3) {
        let grey = grey(pixel);
        pixel.iter_mut().for_each(|byte| *byte = blend(*byte, grey, factor));
    }
}

/// Turns the circle of hues by this share. Grey images stay as they are.
pub(super) fn hue(turn: f32, channels: usize, pixels: &mut [u8]) {
    if channels != 3 {
        return;
    }
    for pixel in pixels.chunks_exact_mut(3) {
        let rgb = [pixel[0], pixel[1], pixel[2]].map(|byte| f32::from(byte) * (1.0 / 255.0));
        let [hue, saturation, value] = rgb_to_hsv(rgb);
        let turned = hsv_to_rgb([(hue + turn).rem_euclid(1.0), saturation, value]);
        pixel.iter_mut().zip(turned).for_each(|(byte, value)| *byte = (value * 255.999) as u8);
    }
}

fn grey(pixel: &[u8]) -> f32 {
    let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
    (red * 0.2989 + green * 0.587 + blue * 0.114).floor()
}

fn blend(byte: u8, with: f32, share: f32) -> u8 {
    (f32::from(byte) * share + with * (1.0 - share)) as u8
}

/// Each from 0 to 1.
fn rgb_to_hsv([red, green, blue]: [f32; 3]) -> [f32; 3] {
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    if most == least {
        return [0.0, 0.0, most];
    }
    let range = most - least;
    let [to_red, to_green, to_blue] = [red, green, blue].map(|value| (most - value) / range);
    let sixths = if most == red {
        to_blue - to_green
    } else if most == green {
        2.0 + to_red - to_blue
    } else {
        4.0 + to_green - to_red
    };
    [(sixths * (1.0 / 6.0) + 1.0) % 1.0, range / most, most]
}

fn hsv_to_rgb([hue, saturation, value]: [f32; 3]) -> [f32; 3] {
    let sixths = hue * 6.0;
    let sector = sixths.floor();
    let part = saturation * (sixths - sector);
    let falling = ((1.0 - part) * value).clamp(0.0, 1.0);
    let rising = ((part + (1.0 - saturation)) * value).clamp(0.0, 1.0);
    let least = ((1.0 - saturation) * value).clamp(0.0, 1.0);
    match sector as u32 % 6 {
        0 => [value, rising, least],
        1 => [falling, value, least],
        2 => [least, value, rising],
        3 => [least, falling, value],
        4 => [rising, least, value],
        _ => [value, least, falling],
    }
}
