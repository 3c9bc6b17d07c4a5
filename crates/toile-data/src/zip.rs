//! Zip archives as NumPy and NIST write them: stored and deflated members, with or without ZIP64 (PKWARE's APPNOTE.TXT,
//! sections 4.3 and 4.5.3). Nothing else of the format is read.
//!
//! Names and sizes come from the directory at the end of the archive. Nothing is set aside for what it claims: a member
//! is a stream that ends with an error where its length or its checksum is another than the directory's.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use crate::describe::describe;

/// No array archive has more members, and no directory more bytes.
const MEMBERS_MAX: u64 = 10_000;
const DIRECTORY_BYTES_MAX: u64 = 4 << 20;

const END_LEN: usize = 22;
const COMMENT_MAX: usize = u16::MAX as usize;

/// What is wrong with an archive.
#[derive(Debug, thiserror::Error)]
pub enum ZipError {
    /// Another format.
    #[error("expected a zip archive, found {found}")]
    Foreign {
        /// What it looks like.
        found: String,
    },
    /// The directory or a member does not fit into the file, or contradicts itself.
    #[error("the zip archive is damaged or cut off: {what}; write or fetch it again")]
    Damaged {
        /// What does not fit.
        what: &'static str,
    },
    /// A method of compression that is not read here.
    #[error(
        "its member {name} is packed by method {method}; pack it with deflate, as np.savez_compressed does"
    )]
    Method {
        /// Name of the member.
        name: String,
        /// Its method's number in the format.
        method: u16,
    },
    /// A member behind a password.
    #[error("its member {name} is encrypted; write the archive without a password")]
    Encrypted {
        /// Name of the member.
        name: String,
    },
    /// More members than any archive of arrays has.
    #[error("the zip archive has {members} members; at most {MEMBERS_MAX} are read")]
    TooMany {
        /// How many it claims.
        members: u64,
    },
    /// Reading failed.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// An archive whose directory has been read.
#[derive(Debug)]
pub(crate) struct Archive<R> {
    reader: R,
    members: Vec<Member>,
}

/// What the directory says of a member.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Bytes in the archive, and what they unpack to.
    pub(crate) packed: u64,
    pub(crate) unpacked: u64,
    method: u16,
    is_encrypted: bool,
    crc: u32,
    offset: u64,
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the directory.
    pub(crate) fn open(mut reader: R) -> Result<Archive<R>, ZipError> {
        let len = reader.seek(SeekFrom::End(0))?;
        let end = End::find(&mut reader, len)?;
        if end.members > MEMBERS_MAX {
            return Err(ZipError::TooMany { members: end.members });
        }
        let fits = end.offset.checked_add(end.bytes).is_some_and(|last| last <= len);
        if !fits || end.bytes > DIRECTORY_BYTES_MAX {
            return Err(damaged("its directory lies outside the file"));
        }
        let mut directory = vec![0; end.bytes as usize];
        reader.seek(SeekFrom::Start(end.offset))?;
        reader.read_exact(&mut directory)?;
        let mut rest = &directory[..];
        let mut members = Vec::new();
        for _ in 0..end.members {
            let (member, after) = entry(rest)?;
            members.push(member);
            rest = after;
        }
        Ok(Archive { reader, members })
    }

    /// The members, in the directory's order.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The unpacked bytes of a member as a stream, which fails at its end where length or checksum are wrong.
    pub(crate) fn read(&mut self, member: &Member) -> Result<Unpacked<'_, R>, ZipError> {
        let Member { name, method, .. } = member;
        if member.is_encrypted {
            return Err(ZipError::Encrypted { name: name.clone() });
        }
        self.reader.seek(SeekFrom::Start(member.offset))?;
        let mut header = [0; 30];
        let header_error = |_| damaged("a member lies outside the file");
        self.reader.read_exact(&mut header).map_err(header_error)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(damaged("a member does not begin where the directory says"));
        }
        // The name and the extra fields stand here once more.
        let skip = i64::from(u16_at(&header, 26)) + i64::from(u16_at(&header, 28));
        self.reader.seek(SeekFrom::Current(skip))?;
        let packed = BufReader::new((&mut self.reader).take(member.packed));
        let source = match method {
            0 => Source::Stored(packed),
            8 => Source::Deflated(Box::new(DeflateDecoder::new(packed))),
            _ => return Err(ZipError::Method { name: name.clone(), method: *method }),
        };
        Ok(Unpacked { source, left: member.unpacked, crc: Crc::new(), crc_expected: member.crc })
    }
}

/// The bytes of a member as they are unpacked.
pub(crate) struct Unpacked<'a, R> {
    source: Source<'a, R>,
    left: u64,
    crc: Crc,
    crc_expected: u32,
}

enum Source<'a, R> {
    Stored(BufReader<io::Take<&'a mut R>>),
    Deflated(Box<DeflateDecoder<BufReader<io::Take<&'a mut R>>>>),
}

impl<R: Read> Read for Unpacked<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let invalid = |what| io::Error::new(io::ErrorKind::InvalidData, what);
        if out.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.source {
            Source::Stored(source) => source.read(out)?,
            Source::Deflated(source) => source.read(out)?,
        };
        if read as u64 > self.left {
            return Err(invalid("it unpacks to more bytes than the archive's directory says"));
        }
        self.left -= read as u64;
        self.crc.update(&out[..read]);
        if read == 0 && self.left > 0 {
            return Err(invalid("it unpacks to fewer bytes than the archive's directory says"));
        }
        if read == 0 && self.crc.sum() != self.crc_expected {
            return Err(invalid("its checksum (CRC-32) is another than the archive's directory says"));
        }
        Ok(read)
    }
}

/// Where the directory is, and how large.
struct End {
    members: u64,
    bytes: u64,
    offset: u64,
}

impl End {
    fn find(reader: &mut (impl Read + Seek), len: u64) -> Result<End, ZipError> {
        let tail_len = len.min((END_LEN + COMMENT_MAX) as u64);
        let mut tail = vec![0; tail_len as usize];
        reader.seek(SeekFrom::Start(len - tail_len))?;
        reader.read_exact(&mut tail)?;
        let is_end = |at: &usize| {
            let record = &tail[*at..];
            record.starts_with(b"PK\x05\x06") && END_LEN + usize::from(u16_at(record, 20)) == record.len()
        };
        let Some(at) =
            (0..=tail.len().saturating_sub(END_LEN)).rev().filter(|_| tail.len() >= END_LEN).find(is_end)
        else {
            return Err(no_end(reader)?);
        };
        let record = &tail[at..];
        let end = End {
            members: u64::from(u16_at(record, 10)),
            bytes: u64::from(u32_at(record, 12)),
            offset: u64::from(u32_at(record, 16)),
        };
        let is_zip64 = end.members == u64::from(u16::MAX)
            || end.bytes == u64::from(u32::MAX)
            || end.offset == u64::from(u32::MAX);
        // The locator of the larger record stands right before this one.
        match at.checked_sub(20).map(|locator| &tail[locator..at]) {
            Some(locator) if is_zip64 && locator.starts_with(b"PK\x06\x07") => {
                End::find_zip64(reader, u64_at(locator, 8))
            }
            _ => Ok(end),
        }
    }

    fn find_zip64(reader: &mut (impl Read + Seek), at: u64) -> Result<End, ZipError> {
        let mut record = [0; 56];
        let outside = |_| damaged("its ZIP64 record lies outside the file");
        reader.seek(SeekFrom::Start(at)).map_err(outside)?;
        reader.read_exact(&mut record).map_err(outside)?;
        if !record.starts_with(b"PK\x06\x06") {
            return Err(damaged("its ZIP64 record is not where it should be"));
        }
        Ok(End { members: u64_at(&record, 32), bytes: u64_at(&record, 40), offset: u64_at(&record, 48) })
    }
}

/// What a file without a directory is: something else, or an archive without its end.
fn no_end(reader: &mut (impl Read + Seek)) -> io::Result<ZipError> {
    let mut start = Vec::new();
    reader.seek(SeekFrom::Start(0))?;
    reader.take(60).read_to_end(&mut start)?;
    Ok(match start.starts_with(b"PK\x03\x04") {
        true => damaged("its directory is missing"),
        false => ZipError::Foreign { found: describe(&start) },
    })
}

/// The first entry of the rest of a directory, and what follows it.
fn entry(bytes: &[u8]) -> Result<(Member, &[u8]), ZipError> {
    let short = || damaged("its directory ends too early");
    let fixed = bytes.get(..46).ok_or_else(short)?;
    if !fixed.starts_with(b"PK\x01\x02") {
        return Err(damaged("its directory is no directory"));
    }
    let [name_len, extra_len, comment_len] = [28, 30, 32].map(|at| usize::from(u16_at(fixed, at)));
    let name = bytes.get(46..46 + name_len).ok_or_else(short)?;
    let extra = bytes.get(46 + name_len..46 + name_len + extra_len).ok_or_else(short)?;
    let rest = bytes.get(46 + name_len + extra_len + comment_len..).ok_or_else(short)?;
    let mut wide = [24, 20, 42].map(|at| u64::from(u32_at(fixed, at)));
    read_zip64(extra, &mut wide)?;
    let [unpacked, packed, offset] = wide;
    let member = Member {
        name: String::from_utf8_lossy(name).into_owned(),
        packed,
        unpacked,
        method: u16_at(fixed, 10),
        is_encrypted: u16_at(fixed, 8) & 1 != 0,
        crc: u32_at(fixed, 16),
        offset,
    };
    Ok((member, rest))
}

/// Puts the values of the ZIP64 extra field where the plain fields are saturated, in the format's order.
fn read_zip64(mut extra: &[u8], fields: &mut [u64; 3]) -> Result<(), ZipError> {
    let short = || damaged("a member's extra field ends too early");
    while extra.len() >= 4 {
        let (id, len) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        let mut body = extra.get(4..4 + len).ok_or_else(short)?;
        if id == 1 {
            for field in fields.iter_mut().filter(|field| **field == u64::from(u32::MAX)) {
                *field = u64_at(body.get(..8).ok_or_else(short)?, 0);
                body = &body[8..];
            }
        }
        extra = &extra[4 + len..];
    }
    Ok(())
}

fn damaged(what: &'static str) -> ZipError {
    ZipError::Damaged { what }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
