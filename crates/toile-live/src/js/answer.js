// What the network says: the class, how sure it is, and how far that can be trusted.

const BARS = 10;
// How long nothing changes before it is read out, in milliseconds.
const QUIET_MS = 500;

function percent(share) {
  if (share > 0 && share < 0.001) return "<0.1 %";
  if (share < 1 && share > 0.999) return ">99.9 %";
  return `${(100 * share).toFixed(1)} %`;
}

function count(number) {
  return number.toLocaleString("en");
}

// How often the network was right when it said this, on the images it was tested on.
function trust(data, best) {
  if (!data.called) return "";
  const [said, right, mistakes] = data.called[best];
  const name = data.classes[best];
  if (said === 0) return `It never said ${name} of a test image.`;
  const often = said < 100
    ? `${right} of ${said} test images`
    : `${Math.round((100 * right) / said)} of 100 (${count(right)} of ${count(said)} test images)`;
  const really = mistakes.map(([truth, images]) => `${data.classes[truth]} (${count(images)})`);
  const otherwise = really.length === 0 ? "" : ` Otherwise it was most often ${really.join(" or ")}.`;
  return `When it says ${name}, it was right in ${often}.${otherwise}`;
}

function buildAnswer(data) {
  const of = (id) => document.getElementById(id);
  const bars = of("bars");
  let timer = 0;

  const bar = (place, best, share) => {
    const item = bars.children[place] ?? bars.appendChild(document.createElement("li"));
    if (item.children.length === 0) {
      for (const name of ["name", "track", "share"]) {
        item.appendChild(document.createElement("span")).className = name;
      }
      item.children[1].appendChild(document.createElement("i"));
    }
    const [name, track, value] = item.children;
    name.textContent = data.classes[best];
    track.firstChild.style.width = `${100 * share}%`;
    value.textContent = percent(share);
  };

  const announce = (text) => {
    clearTimeout(timer);
    timer = setTimeout(() => { of("announce").textContent = text; }, QUIET_MS);
  };

  // A probability for each class; `truth` is the true class where it is known.
  const show = (shares, truth) => {
    const order = shares.map((_, place) => place).sort((a, b) => shares[b] - shares[a] || a - b);
    const best = order[0];
    of("answer").classList.remove("empty");
    of("class").textContent = data.classes[best];
    of("sure").textContent = percent(shares[best]);
    const known = truth === null ? "" : truth === best ? "That is right." : `It is labelled ${data.classes[truth]}.`;
    of("known").textContent = known;
    of("known").className = truth === best ? "right" : "wrong";
    of("trust").textContent = trust(data, best);
    order.slice(0, BARS).forEach((place, rank) => bar(rank, place, shares[place]));
    announce(`${data.classes[best]}, ${percent(shares[best])}. ${known}`);
    return best;
  };

  const empty = () => {
    of("answer").classList.add("empty");
    of("class").textContent = "Nothing yet";
    for (const id of ["sure", "known"]) of(id).textContent = "";
    of("trust").textContent = "Draw something, open a picture, or choose a test image.";
    bars.replaceChildren();
    announce("");
  };

  return { show, empty };
}
