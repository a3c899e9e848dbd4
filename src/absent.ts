/** Stands in the bundle for packages that libraries name but Slipway never uses. */
export {};
