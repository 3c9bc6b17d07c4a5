//! Bytes of a file that the system brings into memory when they are looked at, and takes out again when memory is
//! short: data larger than memory, shared by all processes that look at it.

use std::fs::File;
use std::io;
use std::ops::Deref;

/// A file's bytes, read only.
///
/// On Linux they are mapped and take no memory of this process. Elsewhere they are read.
#[derive(Debug)]
pub struct MappedBytes {
    bytes: imp::Bytes,
}

impl MappedBytes {
    /// All bytes of a file, as long as it is now.
    ///
    /// The file must stay as it is for as long as this value lives: whoever writes such files gives them their final
    /// name when they are complete, and opens none of them for writing again. A file that another program makes
    /// shorter ends this one (`SIGBUS`).
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn of(file: &File) -> io::Result<MappedBytes> {
        Ok(MappedBytes { bytes: imp::Bytes::of(file)? })
    }
}

impl Deref for MappedBytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.bytes.all()
    }
}

#[cfg(target_os = "linux")]
mod imp {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd as _;
    use std::ptr::{self, NonNull};

    #[derive(Debug)]
    pub(super) struct Bytes {
        /// Dangling where there is no byte.
        start: NonNull<u8>,
        len: usize,
    }

    impl Bytes {
        pub(super) fn of(file: &File) -> io::Result<Bytes> {
            let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
            if len == 0 {
                // The system maps no empty file.
                return Ok(Bytes { start: NonNull::dangling(), len });
            }
            // SAFETY: the system chooses a place where nothing is; the descriptor is open for the length of the call,
            // and a mapping outlives it.
            let start = unsafe {
                libc::mmap(ptr::null_mut(), len, libc::PROT_READ, libc::MAP_PRIVATE, file.as_raw_fd(), 0)
            };
            if start == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            let start = NonNull::new(start.cast()).ok_or_else(|| io::Error::other("mapped at address 0"))?;
            Ok(Bytes { start, len })
        }

        pub(super) fn all(&self) -> &[u8] {
            // SAFETY: `of` mapped so many bytes here, readable until `drop`; that nobody changes the file is what the
            // caller of `MappedBytes::of` vouches for.
            unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
        }
    }

    impl Drop for Bytes {
        fn drop(&mut self) {
            if self.len > 0 {
                // SAFETY: mapped in `of` with this length, and borrowed by nobody any more.
                unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
            }
        }
    }

    // SAFETY: the bytes are only read, and belong to no thread.
    unsafe impl Send for Bytes {}
    // SAFETY: the mapping is read-only, and `&self` gives out nothing else.
    unsafe impl Sync for Bytes {}
}

#[cfg(not(target_os = "linux"))]
mod imp {
    use std::fs::File;
    use std::io::{self, Read as _};

    #[derive(Debug)]
    pub(super) struct Bytes(Vec<u8>);

    impl Bytes {
        pub(super) fn of(mut file: &File) -> io::Result<Bytes> {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(Bytes(bytes))
        }

        pub(super) fn all(&self) -> &[u8] {
            &self.0
        }
    }
}
