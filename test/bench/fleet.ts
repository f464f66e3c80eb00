import type { ApplicationWish } from '../helpers/flow-world.ts';

/** Files of 600 bytes that do not compress well, those of so many Applications among them. */
export function fleetFiles(files: number, applications: number): Readonly<Record<string, string>> {
  const made: Record<string, string> = {};
  for (let index = 0; index < applications; index += 1) made[`apps/${index}/values.yaml`] = valuesOf(index);
  for (let index = applications; index < files; index += 1)
    made[`other/${index % 100}/${index}.yaml`] = valuesOf(index);
  return made;
}

function valuesOf(index: number): string {
  let state = index + 1;
  const lines = Array.from({ length: 15 }, (_, key) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return `key${key}: ${state.toString(36)}${(state * 7_919).toString(36)}${(state * 104_729).toString(36)}\n`;
  });
  return `image:\n  tag: 1.0.0\n${lines.join('')}`;
}

/** One that writes the version of its image to a file of `fleetFiles`. */
export function fleetApplication(index: number, repoURL: string, image: string): ApplicationWish {
  return {
    name: `app-${index}`,
    repoURL,
    path: `apps/${index}`,
    annotations: {
      'image-list': `a=${image}:^1`,
      'write-back-method': 'git',
      'write-back-target': 'helmvalues',
    },
  };
}
