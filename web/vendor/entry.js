// What the surfaces may use of the three libraries; remake.sh turns this into vendor.js.
import { h } from "preact";
import htm from "htm";

export { h, render, Fragment, createContext } from "preact";
export { useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from "@preact/signals";
export const html = htm.bind(h);
