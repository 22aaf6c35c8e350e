import "@fontsource-variable/source-serif-4";
import "@fontsource/noto-serif-sc/400.css";
import "./page.css";
import { mount } from "svelte";
import App from "./App.svelte";

export default mount(App, { target: document.getElementById("app")! });
