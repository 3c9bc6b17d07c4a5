//! Temperature scaling: probabilities that say how often they are right (Guo, Pleiss, Sun and Weinberger, "On
//! Calibration of Modern Neural Networks", 2017).
//!
//! [`temperature`] is the arithmetic, [`record`] the file that a run keeps, [`effect`] what it does on test images.

pub mod effect;
pub mod record;
pub mod temperature;
