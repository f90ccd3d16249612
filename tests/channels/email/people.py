"""Mails of people that look like a machine's: header fields beside the subject and words. All are invented."""

HUMAN: dict[str, tuple[dict[str, str], str]] = {}


def _human(subject: str, words: str = "Please have a look.", **fields: str) -> None:
    HUMAN[f"{len(HUMAN):02} {subject}"] = (
        {"Subject": subject, **{name.replace("_", "-"): value for name, value in fields.items()}},
        words,
    )


# Subjects that begin as automatic answers do.
_human("Out of office chairs dumped")
_human("Out of office hours noise at the building site")
_human("Out of the office block on Mill Lane: smoke")
_human("Out of office chairs dumped", Precedence="bulk")
_human("Out of office chairs dumped", X_Auto_Response_Suppress="All")
_human("On holiday my bins were not collected")
_human("On holiday, and the alarm next door rings", Precedence="bulk")
_human("On leave from hospital, need my care package")
_human("On annual leave pay of my carer")
_human("Vacation rental next door, parties every night")
_human("Vacation home owner wants to pay council tax", Precedence="junk")
_human("Away from the desk at the library: no staff")
_human("Auto reply from you makes no sense")
_human("Auto-reply received, but nobody called")
_human("Automatic door broken at the town hall")
_human("Automatic barrier hit my car", X_Auto_Response_Suppress="OOF")
_human("Automatic payment of council tax taken twice")
_human("Automated bollard stuck")
_human("Re: Automatic reply: Missed bin", "You have not answered me yet.")
_human("RE: Out of office", "Who is there instead?", X_Auto_Response_Suppress="DR, OOF, AutoReply")
_human("Fwd: Automatic reply: Missed bin", "This is all I ever get from you.")
_human("Ateb: Ateb awtomatig", "Dim ateb o hyd.")
_human("AW: Automatische Antwort", "Bitte rufen Sie mich an.")
_human("Abwesenheit meiner Mutter: wer kommt?")
_human("Absence of street lights")
_human("Autoresponse unit of the fire alarm beeps")
# Subjects and words of bounces.
_human("Undelivered parcel thrown over my fence")
_human("Undeliverable address on my bin permit")
_human("Delivery failed: your sofa collection did not come")
_human("Delivery status of my new recycling box")
_human("Returned mail: my letter to you came back", "The post office says no such user at this address.")
_human("Return to sender", "A letter for the former tenant, he does not exist here.")
_human("failure notice", "I got a failure notice for a parking fine, is it real?")
_human("Mail system error", "Your web site says 'mail system error' when I send the form. 550 5.1.1 it says.")
_human("Undelivered Mail Returned to Sender", "I wrote to bins@northport.example and got: 550 5.1.1 user unknown.")
_human("Fwd: Undelivered Mail Returned to Sender", "Why?\n\n> <bins@northport.example>: 550 5.1.1 user unknown")
_human("FW: Delivery Status Notification (Failure)", "See below.\n\nFrom: Mailer-Daemon\nSubject: x\nTo: Jo\n\n5.1.1")
_human("Warning: message from a resident")
_human("Delayed message about the flood")
_human("Message delayed by postal strike", "My benefit form was not delivered.")
_human("could not be delivered", "The ballot papers could not be delivered to Mill Lane.", Reply_To="j@example.org")
_human("User unknown", "I log in and it says user unknown.")
_human("mailbox full", "The parcel mailbox on Mill Lane is full and does not exist on your map.")
# Senders whose names look like a machine's.
_human("Noise", From="Damon Mailer <damon.mailer@example.org>")
_human("Noise", From="Mail Delivery Office Staff <staff@example.org>")
_human("Parcels", From="Royal Parcel Delivery System Ltd <office@example.org>")
_human("Post", From="Post Mistress <postmistress@example.org>")
_human("Your drains", From="Postmaster of the village <postmaster@example.org>")
_human("Re: Undelivered mail", "I have looked into it.", From="postmaster@example.org", In_Reply_To="<a@b.example>")
_human("Robot", From="Robot Club <noreply-to-aliens@example.org>")
_human("Bin", From="No Reply Jones <no.reply.jones@example.org>")
_human("Bin", From="auto.reply.garage@example.org")
_human("Bin", From="Mailer Daemon Fan Club <club@example.org>")
_human("Noise", From="Daemon <daemon@example.org>")
_human("Bounce house", "The bounce house next door.", From="Bounce House Hire <bounce@example.org>")
# Fields that programs set on people's mail.
_human("Parish newsletter: and a pothole", Precedence="bulk", List_Id="<news.parish.example>")
_human(
    "Re: [residents] rats",
    Precedence="list",
    List_Id="<residents.example.org>",
    List_Unsubscribe="<mailto:x@y.example>",
)
_human("Pothole", Precedence="junk")
_human("Pothole", Auto_Submitted="no")
_human("Pothole", Auto_Submitted="No (a person wrote this)")
_human("Pothole", X_Autoreply="no")
_human("Pothole", X_Auto_Response_Suppress="All", X_MS_Exchange_Generated_Message_Source="Mailbox Rules Agent")
_human("Contact form: pothole", Auto_Submitted="auto-generated", Reply_To="ann@example.org")
_human("Pothole", Return_Path="<>")
_human("Undelivered parcel", "It was thrown over the fence.", Return_Path="<>")
_human("Out of office chairs dumped", Return_Path="<>")
_human("Read: your letter", "I have read your letter and disagree.")
_human("Read receipt for rent", "Enclosed.")
_human("Spam complaint about my neighbour", "He sends abuse.")
_human("complaint about message from the mayor", "It is wrong.")
_human("Pothole", X_Spam_Flag="YES")
_human("Pothole", Disposition_Notification_To="jo@example.org")
_human("Pothole", X_Mailer="vacation planner 2.0")
_human("Pothole", Feedback_ID="1:parish:mailer")
_human('{"notificationType":"Bounce"}', '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[]}}')
_human("AWS Notification Message", '{"notificationType":"Bounce"} is what I see on your page.')
_human("Pothole", "MAIL FROM: me\nRCPT TO: you@northport.example\n550 potholes")
