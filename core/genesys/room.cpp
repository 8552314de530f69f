// Placeholder until the room's first source.
#include "genesys/apiclient.h"
#include "genesys/endpoints.h"
#include "genesys/listing.h"
#include "genesys/retry.h"
