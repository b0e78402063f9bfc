// Three sounds that a till in a noisy shop tells apart: taken, refused, wait.
const tunes = {
    good: [
        [880, 0, 0.12],
        [1320, 0.12, 0.2],
    ],
    bad: [
        [220, 0, 0.18],
        [196, 0.22, 0.3],
    ],
    soon: [[520, 0, 0.25]],
} as const;

let context: AudioContext | undefined;

export function play(tune: keyof typeof tunes): void {
    try {
        context ??= new AudioContext();
        const { currentTime } = context;
        for (const [pitch, from_s, for_s] of tunes[tune]) {
            const voice = context.createOscillator();
            const loud = context.createGain();
            voice.type = tune === 'bad' ? 'square' : 'sine';
            voice.frequency.value = pitch;
            loud.gain.setValueAtTime(0.18, currentTime + from_s);
            loud.gain.exponentialRampToValueAtTime(0.001, currentTime + from_s + for_s);
            voice.connect(loud).connect(context.destination);
            voice.start(currentTime + from_s);
            voice.stop(currentTime + from_s + for_s);
        }
        document.documentElement.dataset['sounded'] = tune;
    } catch {
        // A till without a loudspeaker has its colours and words.
    }
}
