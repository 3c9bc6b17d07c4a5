//! The data of a scan: coefficients, in all their bits (T.81, annex F) or some of them (annex G).

use super::bits::Bits;
use super::block::{Block, ZIGZAG};
use super::blocks::{ComponentBlocks, Picture};
use super::huffman::Table;
use super::segments::{Scan, ScanComponent, Segments};
use crate::error::Fault;
use crate::limits::Deadline;

/// What is carried from block to block.
struct State<'a> {
    bits: Bits<'a>,
    /// The last first coefficient of each component.
    last: [i32; 4],
    /// Blocks that follow without another coefficient in this scan.
    empty_blocks: u32,
}

/// Reads the data behind a scan's header, and leaves `segments` behind them.
pub(super) fn decode(
    segments: &mut Segments,
    scan: &Scan,
    picture: &mut Picture,
    deadline: Deadline,
) -> Result<(), Fault> {
    for part in &scan.components {
        let component = &mut picture.components[part.index];
        let table = segments.quantization[component.component.table];
        component.quantization = component.quantization.or(table);
        component.known[scan.start..=scan.end].fill(Some(scan.low));
    }
    let mut state = State { bits: Bits::new(segments.file, segments.at), last: [0; 4], empty_blocks: 0 };
    // A scan of one component has its blocks in rows; of several, in units of the frame.
    let [down, across] = match scan.components[..] {
        [only] => picture.components[only.index].component.own_blocks(),
        _ => picture.frame.units,
    };
    let mut until_restart = segments.restart;
    let mut restarts = 0;
    for row in 0..down {
        deadline.check()?;
        for column in 0..across {
            if segments.restart != 0 {
                if until_restart == 0 {
                    state.bits.restart(restarts)?;
                    (state.last, state.empty_blocks) = ([0; 4], 0);
                    (until_restart, restarts) = (segments.restart, (restarts + 1) % 8);
                }
                until_restart -= 1;
            }
            for part in &scan.components {
                let component = &mut picture.components[part.index];
                let (vertical, horizontal) = match scan.components.len() {
                    1 => (1, 1),
                    _ => (component.component.vertical, component.component.horizontal),
                };
                for block in 0..vertical * horizontal {
                    let place =
                        [row * vertical + block / horizontal, column * horizontal + block % horizontal];
                    let is_progressive = picture.frame.is_progressive;
                    decode_block(segments, scan, part, component, place, is_progressive, &mut state)?;
                }
            }
        }
    }
    segments.at = state.bits.at();
    Ok(())
}

fn decode_block(
    segments: &Segments,
    scan: &Scan,
    part: &ScanComponent,
    component: &mut ComponentBlocks,
    place: [usize; 2],
    is_progressive: bool,
    state: &mut State,
) -> Result<(), Fault> {
    let missing = || Fault::damaged("no Huffman table");
    let first = || segments.first_tables[part.first].as_ref().ok_or_else(missing);
    let other = || segments.other_tables[part.other].as_ref().ok_or_else(missing);
    let bits = &mut state.bits;
    let last = &mut state.last[part.index];
    if !is_progressive {
        let mut block = [0; 64];
        sequential(bits, first()?, other()?, last, &mut block)?;
        return component.put(place, &block);
    }
    let block = &mut component.coefficients[place[0] * component.component.blocks[1] + place[1]];
    match (scan.start, scan.high) {
        (0, 0) => block[0] = (next_first(bits, first()?, last)? << scan.low) as i16,
        (0, _) => block[0] |= (bits.take(1)? << scan.low) as i16,
        (_, 0) => band(bits, other()?, scan, &mut state.empty_blocks, block)?,
        _ => refine_band(bits, other()?, scan, &mut state.empty_blocks, block)?,
    }
    Ok(())
}

/// A first coefficient: its difference from the last one is stored.
fn next_first(bits: &mut Bits, table: &Table, last: &mut i32) -> Result<i32, Fault> {
    let count = u32::from(table.symbol(bits)?);
    if count > 15 {
        return Err(Fault::damaged("a coefficient of more than 15 bits"));
    }
    *last = last.wrapping_add(bits.take_signed(count)?);
    Ok(*last)
}

fn past_the_end() -> Fault {
    Fault::damaged("more than 64 coefficients in a block")
}

/// A whole block.
fn sequential(
    bits: &mut Bits,
    first: &Table,
    other: &Table,
    last: &mut i32,
    block: &mut Block,
) -> Result<(), Fault> {
    block[0] = next_first(bits, first, last)? as i16;
    let mut index = 1;
    while index < 64 {
        let symbol = other.symbol(bits)?;
        let (zeros, count) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        match (zeros, count) {
            (15, 0) => index += 16,
            (_, 0) => break,
            _ => {
                index += zeros;
                *block.get_mut(*ZIGZAG.get(index).ok_or_else(past_the_end)?).ok_or_else(past_the_end)? =
                    bits.take_signed(count)? as i16;
                index += 1;
            }
        }
    }
    Ok(())
}

/// The first scan of coefficients behind the first one.
fn band(
    bits: &mut Bits,
    table: &Table,
    scan: &Scan,
    empty: &mut u32,
    block: &mut Block,
) -> Result<(), Fault> {
    if *empty > 0 {
        *empty -= 1;
        return Ok(());
    }
    let mut index = scan.start;
    while index <= scan.end {
        let symbol = table.symbol(bits)?;
        let (zeros, count) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        match (zeros, count) {
            (15, 0) => index += 16,
            (_, 0) => {
                *empty = (1 << zeros) - 1 + bits.take(zeros as u32)?;
                break;
            }
            _ => {
                index += zeros;
                if index > scan.end {
                    return Err(past_the_end());
                }
                block[ZIGZAG[index]] = (bits.take_signed(count)? << scan.low) as i16;
                index += 1;
            }
        }
    }
    Ok(())
}

/// A later scan: one bit more of the coefficients that are known, and new ones among the others (T.81, G.1.2.3).
fn refine_band(
    bits: &mut Bits,
    table: &Table,
    scan: &Scan,
    empty: &mut u32,
    block: &mut Block,
) -> Result<(), Fault> {
    let bit = 1_i16 << scan.low;
    let mut index = scan.start;
    while *empty == 0 && index <= scan.end {
        let symbol = table.symbol(bits)?;
        let (mut zeros, count) = (usize::from(symbol >> 4), symbol & 15);
        if count == 0 && zeros < 15 {
            *empty = (1 << zeros) + bits.take(zeros as u32)?;
            break;
        }
        let new = match count {
            0 => 0,
            _ if bits.take(1)? == 1 => bit,
            _ => -bit,
        };
        // Over so many coefficients that stay zero, and over all that are known.
        while index <= scan.end {
            let coefficient = &mut block[ZIGZAG[index]];
            if *coefficient != 0 {
                refine(bits, coefficient, bit)?;
            } else if zeros == 0 {
                *coefficient = new;
                break;
            } else {
                zeros -= 1;
            }
            index += 1;
        }
        index += 1;
    }
    if *empty > 0 {
        for place in ZIGZAG.get(index..=scan.end).unwrap_or_default() {
            if block[*place] != 0 {
                refine(bits, &mut block[*place], bit)?;
            }
        }
        *empty -= 1;
    }
    Ok(())
}

fn refine(bits: &mut Bits, coefficient: &mut i16, bit: i16) -> Result<(), Fault> {
    if bits.take(1)? == 1 && *coefficient & bit == 0 {
        *coefficient = coefficient.wrapping_add(if *coefficient >= 0 { bit } else { -bit });
    }
    Ok(())
}
