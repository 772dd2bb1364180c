"""From bytes to records: containers, encodings, the splitter, formats, staging, receipts."""
