/** A registry of Azure, and where its cloud gives out tokens. */
export interface AcrRegistry {
  /** `acme.azurecr.io`. */
  readonly host: string;
  /** Of Microsoft Entra ID, where `AZURE_AUTHORITY_HOST` does not name another. */
  readonly authority: string;
}

const AUTHORITIES: Readonly<Record<string, string>> = {
  io: 'https://login.microsoftonline.com',
  cn: 'https://login.chinacloudapi.cn',
  us: 'https://login.microsoftonline.us',
};

/** Reads the host of an image name. Counter-example: `mcr.microsoft.com` needs no login and is none. */
export function parseAcrHost(host: string): AcrRegistry | undefined {
  const [, cloud = ''] =
    /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.azurecr\.(io|cn|us)$/.exec(host.toLowerCase()) ?? [];
  const authority = AUTHORITIES[cloud];
  return authority === undefined ? undefined : { host: host.toLowerCase(), authority };
}
