using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace ImageFactory.Publishing.Azure;

/// <summary>
/// Who signs in. The variables that the agent Job is given come first and decide alone, the secret before the token file; without them
/// the chain of Azure's own tools: environment, workload identity, managed identity, the command line's sign-in.
/// </summary>
internal static class AzureCredential
{
    public static TokenCredential Of(AzurePlace place) => new Concealed(ChosenFor(place), place.Setting.Surroundings.Conceal);

    private static TokenCredential ChosenFor(AzurePlace place)
    {
        PublishSurroundings around = place.Setting.Surroundings;
        string? tenant = around.Variable("AZURE_TENANT_ID");
        string? client = around.Variable("AZURE_CLIENT_ID");
        Uri authority = place.Authority;
        HttpPipelineTransport transport = new HttpClientTransport(new HttpClient(around.Transport()));

        if (tenant is not null && client is not null && around.Variable("AZURE_CLIENT_SECRET") is { } secret)
        {
            around.Conceal(new Model.Secret(secret));
            return new ClientSecretCredential(tenant, client, secret, new ClientSecretCredentialOptions { AuthorityHost = authority, Transport = transport });
        }

        if (tenant is not null && client is not null && around.Variable("AZURE_FEDERATED_TOKEN_FILE") is { } file)
        {
            return new WorkloadIdentityCredential(new WorkloadIdentityCredentialOptions
            {
                TenantId = tenant,
                ClientId = client,
                TokenFilePath = file,
                AuthorityHost = authority,
                Transport = transport,
            });
        }

        return new DefaultAzureCredential(new DefaultAzureCredentialOptions
        {
            AuthorityHost = authority,
            ExcludeInteractiveBrowserCredential = true,
            ManagedIdentityClientId = client,
        });
    }
    /// <summary>Tokens are secrets as long as they live.</summary>
    private sealed class Concealed(TokenCredential inner, Action<Model.Secret> conceal) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => Kept(inner.GetToken(requestContext, cancellationToken));

        public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            Kept(await inner.GetTokenAsync(requestContext, cancellationToken).ConfigureAwait(false));

        private AccessToken Kept(AccessToken token)
        {
            conceal(new Model.Secret(token.Token));
            return token;
        }
    }
}
