// @ts-check
// A room: one page presents, others follow its run. Which server address the page is connected to, what it says
// first there, and what becomes of what a person does meanwhile.

/** @typedef {import("./types.js").Room} Room */
/** @typedef {{type: string, code?: string | null, why?: string, detail?: string, room?: string, followers?: number, presented?: boolean, reached?: boolean, alone?: boolean, round?: number, counts?: number[] | null, question?: any}} Told */

const SECRET = "planar-playground-room";
const VOTER = "planar-playground-voter";
const PRESENTS = "planar-playground-presents";
const TURN = "planar-playground-turn";
const NO_SUCH_ROOM = 4404;
const CLOSED = 4410;
const TRY_AGAIN_LATER = 1013;

/**
 * @param {import("./store.js").Store} store
 * @param {() => {send: (message: object) => void, reconnect: () => void}} stream
 * @param {Location} location
 * @param {Document} page
 */
export function createRoom(store, stream, location = globalThis.location, page = document) {
  /** @type {object[]} what was done while following, to be done again in a run of one's own */
  let pending = [];
  let looked = "";
  /** @type {{lesson: string, revealed: boolean} | null} */
  let asking = null;
  /** @type {{lesson: string, counts: number[]} | null} the class's answers as a server has told them last */
  let tallied = null;
  /** @type {{lesson: string, choice: number} | null} what was chosen here */
  let chosen = null;
  /** Whether the server may not have what was chosen: a new connection, or one that counts anew. */
  let owed = false;
  /** When this window took the room; who took it later has it, whether this one has heard of that or not. */
  let turn = 0;

  /** Acknowledges the newest frame. */
  let newest = () => {};
  page.addEventListener("visibilitychange", () => page.hidden && hasFollowers() && newest());

  /** @param {Partial<Room> | null} changes */
  function set(changes) {
    const { room } = store.get();
    store.set({ room: changes && { ...(room ?? NOBODY), ...changes } });
  }

  const following = () => store.get().room?.role === "follow" && store.get().room?.on === true;
  const hasFollowers = () => steers() && (store.get().room?.followers ?? 0) > 0;
  const presents = () => store.get().room?.role === "present";
  const claim = () => ({ type: "room", secret: secret(), turn });
  /** Who has lost the room to another window does not take it back by connecting anew. */
  const steers = () => presents() && store.get().room?.link !== "taken";

  /** @param {string | null} code @param {boolean} [own]  In the address, so that a reload finds back. */
  function inAddress(code, own = false) {
    const address = new URL(location.href);
    for (const name of ["room", "own"]) address.searchParams.delete(name);
    if (code) address.searchParams.set("room", code);
    if (code && own) address.searchParams.set("own", "");
    history.replaceState(null, "", address);
  }

  const room = {
    following,
    /** Where to connect to. */
    address() {
      const { room: now } = store.get();
      const address = new URL(following() ? `api/rooms/${encodeURIComponent(now?.code ?? "")}` : "api/live", location.href);
      address.protocol = address.protocol.replace("http", "ws");
      address.search = address.hash = "";
      return address.href;
    },
    /**
     * What to say first on a connection.
     * @param {() => object} wish
     */
    hello(wish) {
      owed = true;
      if (following()) return [];
      const done = pending;
      pending = [];
      if (!steers()) return [wish(), ...done];
      return [claim(), ...(asking ? [askedWith(asking)] : []), wish()];
    },
    /** What the actions send through: who follows and does something of their own is on their own from then on. */
    line: {
      send(/** @type {object} */ message) {
        if (!following()) return stream().send(message);
        if (/** @type {Told} */ (message).type !== "open") pending.push(message); // that one is in the wish anyhow
        leave();
      },
    },

    // Those who follow.

    /** @param {string} code */
    follow(code) {
      if (presents()) room.close();
      inAddress(code);
      looked = "";
      pending = [];
      chosen = null;
      store.set({ room: { ...NOBODY, role: "follow", code: written(code), on: true }, furthest: 0, progress: null, error: null, inviting: false });
      stream().reconnect();
    },
    /** On one's own from this very step. */
    leave() {
      store.set({ playing: false });
      leave();
    },
    back() {
      const now = store.get().room;
      if (now) room.follow(now.code);
    },
    /** No more of this room. */
    forget() {
      inAddress(null);
      set(null);
    },
    /** @param {number} choice */
    answer(choice) {
      const lesson = store.get().room?.question?.lesson;
      chosen = lesson ? { lesson, choice } : null;
      set({ answer: choice });
      vote();
    },
    /**
     * What of the state a frame of the presenter changes beside the run: what is looked at.
     * @param {any} frame
     * @returns {Partial<import("./types.js").State>}
     */
    view({ view, speed }) {
      if (!view) return { speed };
      const now = JSON.stringify(view);
      if (now === looked) return { speed };
      looked = now;
      const { panel, example, corner, lines, layer, pair, point } = view;
      return { speed, panel, example, corner, lines, space: { layer, pair }, hand: { ...store.get().hand, point, script: false } };
    },

    // Who presents.

    /** Open the room of this browser; its code stays the same until another is asked for. */
    open() {
      takeTurn();
      set({ ...NOBODY, role: "present", link: "waiting" });
      stream().send(claim());
    },
    close() {
      stream().send({ type: "close_room" });
      gone();
    },
    /** Another code, for who has shown this one to somebody else. */
    another() {
      stream().send({ type: "close_room" });
      tallied = null;
      remember(localStorage, SECRET, drawn());
      room.open();
    },
    /** @param {string | null} lesson @param {boolean} [revealed]  Put its question to the class, or show the answer. */
    ask(lesson, revealed = false) {
      const now = lesson === null ? null : { lesson, revealed };
      if (JSON.stringify(now) === JSON.stringify(asking)) return;
      asking = now;
      if (steers()) stream().send(now ? askedWith(now) : { type: "ask", lesson: null });
    },

    /**
     * A frame is acknowledged when it has been drawn; but a class does not stand still because its presenter has
     * turned to another window, where nothing is drawn.
     * @param {() => void} tell
     */
    afterDrawing(tell) {
      newest = tell;
      if (page.hidden && hasFollowers()) tell();
      else store.afterDrawing(tell);
    },

    // What the server says.

    /** @param {Told} told */
    hear(told) {
      if (presents()) return heardByPresenter(told);
      if (following()) heardByFollower(told);
    },
    /**
     * The connection has changed; whether this was about the room.
     * @param {"open" | "lost"} connection
     * @param {number} code  the close code
     * @param {string} reason
     */
    status(connection, code, reason) {
      if (!following() || connection === "open") return false;
      const link = code === NO_SUCH_ROOM ? "unknown" : code === CLOSED ? "closed" : code === TRY_AGAIN_LATER ? "full" : null;
      if (link) set({ link, why: reason });
      else set({ link: "waiting" });
      return link !== null;
    },
  };

  function leave() {
    const { room: now } = store.get();
    if (!now) return;
    inAddress(now.code, true);
    set({ on: false, question: null });
    stream().reconnect();
  }

  function takeTurn() {
    turn = nextTurn(turn);
    remember(sessionStorage, PRESENTS, String(turn));
  }

  function gone() {
    tallied = null;
    remember(sessionStorage, PRESENTS, null);
    set(null);
  }

  function vote() {
    if (chosen) stream().send({ type: "answer", voter: voter(), ...chosen });
  }

  /**
   * With the class's answers, for a server that has forgotten them: nobody votes who has seen the right one.
   * @param {{lesson: string, revealed: boolean}} asked
   */
  function askedWith(asked) {
    const known = asked.revealed && tallied?.lesson === asked.lesson;
    return { type: "ask", ...asked, ...(known ? { counts: tallied?.counts } : {}) };
  }

  /** @param {Told} told */
  function heardByPresenter({ code, why = "", detail = "", room: of = "", followers = 0, alone = false, counts = null, question = null }) {
    if (code) {
      const before = store.get().room;
      if (question && counts) tallied = { lesson: question, counts };
      set({ code: written(code), link: "live", followers, alone, counts, question: question && { lesson: question, revealed: asking?.revealed ?? false } });
      if (before?.link !== "live" && asking) stream().send(askedWith(asking));
    } else if (why === "closed") {
      gone();
    } else {
      remember(sessionStorage, PRESENTS, null);
      set({ link: why === "taken" ? "taken" : "refused", why: detail, ...(of ? { code: written(of) } : {}) });
    }
  }

  /** @param {Told} told */
  function heardByFollower({ presented, reached = true, round = 0, question = null, counts = null }) {
    const before = store.get().room;
    owed ||= before?.round !== round || (reached && before?.link === "apart");
    // A server that has begun anew learns the question a moment after its followers have come.
    if (question ? chosen?.lesson !== question.lesson : !owed) chosen = null;
    set({ link: presented ? "live" : reached ? "away" : "apart", round, question, counts, answer: question && chosen ? chosen.choice : null });
    if (!question || !reached) return;
    if (owed && !question.revealed) vote();
    owed = false;
  }

  const query = new URLSearchParams(location.search);
  const given = query.get("room");
  if (given) {
    store.set({ room: { ...NOBODY, role: "follow", code: written(given), on: !query.has("own") }, inviting: false });
  } else if (recall(sessionStorage, PRESENTS)) {
    turn = Number(recall(sessionStorage, PRESENTS)) || 0;
    // A duplicated tab has the storage of the other one: each page has a turn of its own, if it had the last one.
    if (turn >= lastTurn()) takeTurn();
    set({ role: "present", link: "waiting" });
  }
  return room;
}

/** @typedef {ReturnType<typeof createRoom>} RoomActions */

/** @type {Room} */
const NOBODY = Object.freeze({
  role: "follow", code: "", on: false, link: "waiting", why: "", followers: 0, alone: false, question: null, counts: null, answer: null, round: 0,
});

/** @param {string} code  As it is read best: in two groups of four. */
function written(code) {
  const plain = code.replace(/[\s-]/g, "").toUpperCase().slice(0, 20);
  return plain.length === 8 ? `${plain.slice(0, 4)}-${plain.slice(4)}` : plain;
}

/** The link that followers open. @param {string} code @param {string} [page] */
export function roomLink(code, page = location.href) {
  const link = new URL(page);
  link.search = `?room=${code}`;
  link.hash = "";
  return link.href;
}

/** Known to this browser and the server alone; the room's code follows from it. */
function secret() {
  const known = recall(localStorage, SECRET);
  if (known && /^[0-9a-f]{32}$/.test(known)) return known;
  const fresh = drawn();
  remember(localStorage, SECRET, fresh);
  return fresh;
}

const lastTurn = () => Number(recall(localStorage, TURN)) || 0;

/** One later than that of every window of this browser that has taken the room. @param {number} own */
function nextTurn(own) {
  const turn = Math.max(lastTurn(), own) + 1;
  remember(localStorage, TURN, String(turn));
  return turn;
}

/** Says nothing about anybody, but is the same for every answer from this browser. */
function voter() {
  const known = recall(localStorage, VOTER);
  if (known && /^[0-9a-f]{32}$/.test(known)) return known;
  const fresh = drawn();
  remember(localStorage, VOTER, fresh);
  return fresh;
}

function drawn() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Browsers that keep nothing keep at least what this page knows. @type {Map<string, string>} */
const here = new Map();

/** @param {Storage} storage @param {string} key @param {string | null} value */
function remember(storage, key, value) {
  if (value === null) here.delete(key);
  else here.set(key, value);
  try {
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, value);
  } catch {
    // then a reload draws another
  }
}

/** @param {Storage} storage @param {string} key */
function recall(storage, key) {
  try {
    return storage.getItem(key) ?? here.get(key) ?? null;
  } catch {
    return here.get(key) ?? null;
  }
}
