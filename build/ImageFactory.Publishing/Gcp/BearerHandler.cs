using System.Net.Http.Headers;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using ImageFactory.Model;

namespace ImageFactory.Publishing.Gcp;

/// <summary>Adds the token, which the credential renews when it runs out.</summary>
internal sealed class BearerHandler(ITokenAccess credential, GcpPlace place, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private string? last;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string token;
        try
        {
            token = await credential.GetAccessTokenForRequestAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (TokenResponseException e)
        {
            throw new FactoryException(GcpFaults.BadCredentials(place.Where, e.Error is { Error: { } code } error ? $"{code}: {error.ErrorDescription}" : e.Message), e);
        }

        if (Interlocked.Exchange(ref last, token) != token)
            place.Around.Conceal(new Secret(token));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }
}
