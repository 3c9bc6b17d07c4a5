def prepare(picture):
    """Pixel bytes [channels, height, width] of a picture (a path, a file or a Pillow image), as Toile makes them."""
    if not isinstance(picture, Image.Image):
        with Image.open(picture) as opened:
            opened.load()
            return prepare(opened)
    pixels = np.asarray(_fitted(_flat(ImageOps.exif_transpose(picture))))
    return torch.from_numpy(pixels.reshape(HEIGHT, WIDTH, CHANNELS).transpose(2, 0, 1).copy())


def normalize(pixels):
    """Pixel bytes [batch, channels, height, width], or those of one image, to the numbers that the network takes."""
    pixels = pixels if pixels.ndim == 4 else pixels[None]
    mean, std = (torch.tensor(values).reshape(1, -1, 1, 1) for values in (MEAN, STD))
    return (pixels.float() / 255 - mean) / std


def load(weights=Path(__file__).with_suffix(".safetensors")):
    """The network with its weights, ready to predict."""
    network = Network()
    network.load_state_dict(load_file(weights), strict=True)
    return network.eval()


@torch.no_grad()
def predict(picture, network=None):
    """The most probable class of a picture, and the probability of each class by its name."""
    network = network or load()
    probabilities = network(normalize(prepare(picture)))[0].exp()
    return CLASS_NAMES[int(probabilities.argmax())], dict(zip(CLASS_NAMES, probabilities.tolist()))


def _flat(image):
    """The picture without alpha, in grey or in colour, 8 bits a channel."""
    if image.mode.startswith("I;16") or image.mode == "I":
        high = np.asarray(image).astype(np.int64) >> 8
        image = Image.fromarray(high.clip(0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        below = Image.new("RGB", image.size, BACKGROUND)
        below.paste(image, mask=image.getchannel("A"))
        image = below
    # From CMYK there is no way to grey but by RGB.
    if image.mode == "CMYK":
        image = image.convert("RGB")
    return image.convert("L" if CHANNELS == 1 else "RGB")


def _fitted(image):
    """The picture in the size that the network takes."""
    if image.size == (WIDTH, HEIGHT):
        return image
    # Sides in proportion, in whole numbers: floats would now and then be a pixel off.
    scaled_width = Fraction(HEIGHT * image.width, image.height)
    scaled_height = Fraction(WIDTH * image.height, image.width)
    is_wide = scaled_width >= WIDTH
    if RESIZE == "squash":
        return image.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    if RESIZE == "crop":
        size = (int(scaled_width), HEIGHT) if is_wide else (WIDTH, int(scaled_height))
        image = image.resize(size, Image.Resampling.BILINEAR)
        left, top = round((image.width - WIDTH) / 2), round((image.height - HEIGHT) / 2)
        return image.crop((left, top, left + WIDTH, top + HEIGHT))
    size = (WIDTH, max(1, round(scaled_height))) if is_wide else (max(1, round(scaled_width)), HEIGHT)
    image = image.resize(size, Image.Resampling.BILINEAR)
    canvas = Image.new("RGB", (1, 1), BACKGROUND).convert(image.mode).resize((WIDTH, HEIGHT))
    canvas.paste(image, (round((WIDTH - image.width) / 2), round((HEIGHT - image.height) / 2)))
    return canvas


if __name__ == "__main__":
    network = load()
    for name in sys.argv[1:]:
        best, probabilities = predict(name, network)
        print(f"{name}: {best} ({probabilities[best]:.4f})")
