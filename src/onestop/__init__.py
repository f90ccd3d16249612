"""One stop for a council's enquiries: phone, SMS, e-mail and web as one case model, routed to the service that can help."""
