export { createFormwork, type FormworkProvider } from "./provider.js";
