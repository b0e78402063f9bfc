// Bytes and their spellings.
const encoder = new TextEncoder();
export const utf8 = (text: string) => encoder.encode(text) as Uint8Array<ArrayBuffer>;

export const base64 = (bytes: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
export const base64url = (bytes: ArrayBuffer) =>
    base64(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
export const fromBase64 = (text: string) =>
    Uint8Array.from(atob(text), (c) => c.charCodeAt(0)) as Uint8Array<ArrayBuffer>;

export async function sha256(text: string): Promise<string> {
    return base64(await crypto.subtle.digest('SHA-256', utf8(text)));
}
