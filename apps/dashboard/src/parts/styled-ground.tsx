import 'maplibre-gl/dist/maplibre-gl.css';
import { type MapOptions, Map as StyledMap, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { useEffect, useRef } from 'react';

// By default it is made from a blob, which the content security policy refuses.
setWorkerUrl(workerUrl);

interface StyledGroundProps {
  /** The address of the style. */
  style: string;
  longitude: number;
  latitude: number;
  /** Pixels per degree of longitude. */
  scale: number;
  /** Whether the style is drawn; false if it cannot be. */
  onDrawn(drawn: boolean): void;
}

/** The pixels of the world at zoom 0. */
const worldSize = 512;

/** A map style as the ground of a map, drawn by MapLibre. It follows the map and takes no input. */
export default function StyledGround({ style, longitude, latitude, scale, onDrawn }: StyledGroundProps) {
  const container = useRef<HTMLDivElement>(null);
  const map = useRef<StyledMap>(undefined);
  const camera = {
    center: [longitude, latitude],
    zoom: Math.log2((scale * 360) / worldSize),
    bearing: 0,
    pitch: 0,
  } satisfies Partial<MapOptions>;
  const first = useRef(camera);
  useEffect(() => {
    let drawn: StyledMap;
    try {
      drawn = new StyledMap({
        container: container.current as HTMLDivElement,
        style,
        ...first.current,
        interactive: false,
        attributionControl: { compact: false },
        fadeDuration: 0,
        // For printing.
        canvasContextAttributes: { preserveDrawingBuffer: true },
      });
    } catch {
      // The browser has no WebGL.
      return;
    }
    map.current = drawn;
    drawn.once('style.load', () => drawn.setProjection({ type: 'mercator' }));
    drawn.once('load', () => onDrawn(true));
    // Without a listener, MapLibre writes to the console. A tile that fails leaves a gap; a style that fails leaves the coast lines.
    drawn.on('error', () => {});
    return () => {
      map.current = undefined;
      drawn.remove();
      onDrawn(false);
    };
  }, [style, onDrawn]);
  useEffect(() => {
    map.current?.jumpTo(camera);
  });
  return <div ref={container} style={{ height: '100%' }} />;
}
