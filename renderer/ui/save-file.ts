// Bytes handed to the person as a file, by the browser's own way of saving; the desktop asks where to.

export function saveFile(name: string, type: string, bytes: Uint8Array): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type }));
  link.download = name;
  link.click();
  // The browser has taken it by the next turn of events
  setTimeout(() => URL.revokeObjectURL(link.href));
}
