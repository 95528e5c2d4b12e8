// The guest's code, which `build` makes.
  .section .rodata
  .globl guest_image, guest_image_end
guest_image:
  .incbin "guest.bin"
guest_image_end:
  .section .note.GNU-stack, "", @progbits
