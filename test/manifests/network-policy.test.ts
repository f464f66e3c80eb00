import { BlockList, isIPv6 } from 'node:net';
import { describe, expect, test } from 'vitest';
import { INSTALLATIONS, installation, ofKind, renderText, type Manifest } from './rendered.ts';

interface Rule {
  readonly to?: readonly {
    readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
    readonly namespaceSelector?: object;
  }[];
  readonly ports: readonly { readonly protocol: string; readonly port: number }[];
}

function egressOf(manifests: readonly Manifest[]): readonly Rule[] {
  const [policy, ...others] = ofKind(manifests, 'NetworkPolicy') as (Manifest & {
    readonly spec: { readonly policyTypes: readonly string[]; readonly egress: readonly Rule[] };
  })[];
  if (policy === undefined || others.length > 0) throw new Error('expected one NetworkPolicy');
  expect(policy.spec.policyTypes).toEqual(['Ingress', 'Egress']);
  return policy.spec.egress;
}

function isWithin(address: string, ranges: readonly string[]): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/');
    // A list takes 169.254.1.1 for ::ffff:169.254.1.1, which no packet has as its address.
    if (isIPv6(network) === isIPv6(address)) list.addSubnet(network, Number(prefix), family);
  }
  return list.check(address, family);
}

/** Whether the rules let a connection to this address out, as Kubernetes reads them: a rule without `to` is for all. */
function isOpen(rules: readonly Rule[], address: string, protocol: string, port: number): boolean {
  return rules.some(
    ({ to, ports }) =>
      ports.some((one) => one.protocol === protocol && one.port === port) &&
      (to === undefined ||
        to.some(
          ({ ipBlock }) =>
            ipBlock !== undefined &&
            isWithin(address, [ipBlock.cidr]) &&
            !isWithin(address, ipBlock.except ?? []),
        )),
  );
}

// prettier-ignore
const CONNECTIONS: readonly (readonly [what: string, address: string, protocol: string, port: number, openedBy: readonly string[]])[] = [
  ['a registry or host', '140.82.121.4', 'TCP', 443, ['base']],
  ['a registry by IPv6', '2606:50c0:8000::154', 'TCP', 443, ['base']],
  ['a Git remote by SSH', '10.1.2.3', 'TCP', 22, ['base']],
  ['the API server as a Service', '10.96.0.1', 'TCP', 443, ['base']],
  ['the API server behind it', '10.1.0.7', 'TCP', 6443, ['base']],
  ['names', '10.96.0.10', 'UDP', 53, ['base']],
  ['names by TCP', '10.96.0.10', 'TCP', 53, ['base']],
  ['names of OpenShift', '10.128.0.9', 'UDP', 5353, ['base']],
  ['a cache of names on the node', '169.254.20.10', 'UDP', 53, ['base']],
  ['a registry at another port', '10.1.2.3', 'TCP', 5000, []],
  ['plain HTTP', '10.1.2.3', 'TCP', 80, []],
  ['a kubelet', '10.1.0.7', 'TCP', 10_250, []],
  ['etcd', '10.1.0.7', 'TCP', 2379, []],
  ['the metadata server', '169.254.169.254', 'TCP', 80, ['components/metadata-server']],
  ['the metadata server of GKE', '169.254.169.252', 'TCP', 988, ['components/metadata-server']],
  ['the metadata server by HTTPS', '169.254.169.254', 'TCP', 443, []],
  ['the agent of EKS Pod Identity', '169.254.170.23', 'TCP', 80, ['components/irsa']],
  ['the same by IPv6', 'fd00:ec2::23', 'TCP', 80, ['components/irsa']],
  ['the logins of ECS tasks', '169.254.170.2', 'TCP', 80, []],
  ['the metadata server of Amazon by IPv6', 'fd00:ec2::254', 'TCP', 80, []],
  ['a neighbour by IPv6', 'fe80::1', 'TCP', 443, []],
  ['SSH of the node by its link', '169.254.1.1', 'TCP', 22, []],
];

describe.each(Object.keys(INSTALLATIONS))('the installation %s', (name) => {
  const parts = ['base', ...(INSTALLATIONS[name] ?? [])];
  const rules = egressOf(installation(name));

  test.each(CONNECTIONS)('reaches %s only if one of its parts opens it', (_, address, protocol, port, by) => {
    expect(isOpen(rules, address, protocol, port)).toBe(by.some((part) => parts.includes(part)));
  });
});

test('a patch opens one more port, and nothing else', () => {
  const port = { protocol: 'TCP', port: 5000 };
  const rule = { to: [{ ipBlock: { cidr: '10.1.0.0/16' } }], ports: [port] };
  const rules = egressOf(
    renderText(
      JSON.stringify({
        resources: ['MANIFESTS/base'],
        patches: [
          {
            target: { kind: 'NetworkPolicy', name: 'argocd-image-updater' },
            patch: JSON.stringify([{ op: 'add', path: '/spec/egress/-', value: rule }]),
          },
        ],
      }),
    ),
  );
  expect(isOpen(rules, '10.1.2.3', 'TCP', 5000)).toBe(true);
  expect(isOpen(rules, '10.2.2.3', 'TCP', 5000)).toBe(false);
});
