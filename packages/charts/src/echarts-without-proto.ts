/**
 * Removes the accessor `__proto__` of all objects. ECharts keeps the widths of texts in a plain object: measuring the text `__proto__`, such as the name of
 * an area, would otherwise write members into the prototype of all objects. Imported where ECharts is.
 */
Reflect.deleteProperty(Object.prototype, '__proto__');
